"""A drawing of rectangles, polygons, pictures and lines of text, written as SVG and as PNG alike."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SCALE = 3  # pixels of the PNG for a unit: 300 dots per inch at 7.2 inches across
INK, FAINT, ACCENT, PAPER = "#222222", "#6b675f", "#a83d25", "#ffffff"


@dataclass(frozen=True)
class Shape:
    """A filled polygon."""

    points: Sequence[tuple[float, float]]
    fill: str


@dataclass(frozen=True)
class Picture:
    """A square picture."""

    x: float
    y: float
    side: float
    image: Image.Image


@dataclass(frozen=True)
class Text:
    """A line of text on its baseline; the anchor is "start", "middle" or "end"."""

    x: float
    y: float
    text: str
    size: float = 9
    fill: str = INK
    anchor: str = "start"


@dataclass
class Drawing:
    """What is drawn, in its order, in units of 1/100 inch."""

    width: float
    height: float = 0
    parts: list[Shape | Picture | Text] = field(default_factory=list)

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """Add a rectangle."""
        self.parts.append(Shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill))

    def svg(self) -> bytes:
        """The drawing as SVG, with its pictures in it."""
        inner = "\n".join(map(_svg, self.parts))
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Helvetica, Arial, sans-serif">\n'
            f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{inner}\n</svg>\n'
        ).encode()

    def png(self) -> bytes:
        """The drawing as PNG of SCALE pixels a unit."""
        canvas = Image.new("RGB", (round(SCALE * self.width), round(SCALE * self.height)), PAPER)
        pen = ImageDraw.Draw(canvas)
        for part in self.parts:
            _paint(canvas, pen, part)
        file = BytesIO()
        canvas.save(file, "PNG", dpi=(100 * SCALE, 100 * SCALE))
        return file.getvalue()


def _svg(part: Shape | Picture | Text) -> str:
    if isinstance(part, Shape):
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in part.points)
        return f'<polygon points="{points}" fill="{part.fill}"/>'
    if isinstance(part, Picture):
        file = BytesIO()
        part.image.save(file, "PNG")
        data = b64encode(file.getvalue()).decode()
        place = f'x="{part.x:g}" y="{part.y:g}" width="{part.side:g}" height="{part.side:g}"'
        return f'<image {place} href="data:image/png;base64,{data}"/>'
    about = f'x="{part.x:g}" y="{part.y:g}" font-size="{part.size:g}" fill="{part.fill}" text-anchor="{part.anchor}"'
    return f"<text {about}>{escape(part.text)}</text>"


def _paint(canvas: Image.Image, pen: ImageDraw.ImageDraw, part: Shape | Picture | Text) -> None:
    if isinstance(part, Shape):
        pen.polygon([(SCALE * x, SCALE * y) for x, y in part.points], fill=part.fill)
    elif isinstance(part, Picture):
        side = round(SCALE * part.side)
        resized = part.image.resize((side, side), Image.Resampling.LANCZOS)
        canvas.paste(resized, (round(SCALE * part.x), round(SCALE * part.y)))
    else:
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[part.anchor]
        place = SCALE * part.x, SCALE * part.y
        pen.text(place, part.text, fill=part.fill, font=_font(part.size), anchor=anchor)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(SCALE * size)
