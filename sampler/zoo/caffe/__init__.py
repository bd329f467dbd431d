"""Networks and generators that were trained with Caffe: read from its files, or from those converted for torch."""
