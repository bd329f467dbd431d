"""Networks and generators trained with Caffe, read from Caffe's files or from files converted for torch."""
