"""The words of the pages and the documentation, with their meanings: twelve for all pages, and the terms of the details."""

from typing import NamedTuple


class Term(NamedTuple):
    """A word and its meaning."""

    word: str
    meaning: str

    @property
    def anchor(self) -> str:
        """The end of its address on the help page: ``natural-images``."""
        return self.word.lower().replace(" ", "-")


TERMS = (
    Term(
        "Model",
        "A neural network that you study, a generator that makes images for it, and natural images to compare these with.",
    ),
    Term("Neuron", "One unit of a layer of the network, written layer:unit, such as fc8:volcano."),
    Term(
        "Activation",
        "The number with which a neuron responds to an image. A higher number is a stronger response.",
    ),
    Term(
        "Band",
        "The range of activations that you choose. Each image of a gallery brings the neuron into this range.",
    ),
    Term(
        "Percentile",
        "A level of activation, compared with natural images: 95% of them are below the 95th percentile. As a number from 0 to 1 it "
        "is a quantile, here .95.",
    ),
    Term(
        "Natural images",
        "Images that Inverset did not make, such as photographs. Each model has its own; the API calls them reference images.",
    ),
    Term(
        "Image",
        "A picture that Inverset makes for a band. The API calls it a sample.",
    ),
    Term(
        "Gallery",
        "The images that you get for one neuron and band, with their measurements. The API calls the work for it a job.",
    ),
    Term("Sweep", "Several galleries from one request: a neuron in several bands, or several neurons."),
    Term(
        "Kind",
        "A group of similar images in a gallery. If there are several, the neuron responds to more than one thing.",
    ),
    Term(
        "Trust",
        "How far you can rely on a gallery, in one word: good, careful or do not trust. The page shows the reason and the metrics "
        "behind it.",
    ),
    Term(
        "Judge",
        "A second network, or a measure of edges and colours, that compares the images with natural images. It had no part in making them.",
    ),
)
DETAILS = (
    Term("Method", "The algorithm that makes the images. The form describes each one and its options."),
    Term("Code", "The list of numbers from which the generator G makes an image."),
    Term("E", "The encoder: the layer of a network whose features are used to compare images."),
    Term("K", "The number of images that are computed at once."),
    Term(
        "Evaluation", "One pass of the networks over one image, forward and backward. It measures the cost."
    ),
    Term("Abandoned attempt", "An attempt that did not reach the band and was given up."),
)
_BY_WORD = {each.word: each for each in (*TERMS, *DETAILS)}


def term(word: str) -> Term:
    """The term of this word. Raises KeyError if there is none."""
    return _BY_WORD[word]


def as_markdown() -> str:
    """The page of the documentation."""
    return "\n".join(
        [
            "# Glossary",
            "",
            "These twelve words have the same meaning on all pages, in all messages and in this documentation.",
            "",
            *_lines(TERMS),
            "",
            "## Terms in the details",
            "",
            "You meet these only where a page shows its details, and in the API.",
            "",
            *_lines(DETAILS),
            "",
        ]
    )


def _lines(terms: tuple[Term, ...]) -> list[str]:
    return [f"- **{each.word}**: {each.meaning}" for each in terms]
