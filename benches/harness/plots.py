"""Line charts as SVG: readable on light and dark pages, without any library."""
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 28, 64, 56
STYLE = """
  .page { fill: #ffffff } .grid { stroke: #d8dee4; stroke-width: 1 } .axis { stroke: #8c959f; stroke-width: 1.25 }
  text { font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .label { font-size: 13px } .tick { font-size: 12px; fill: #59636e }
  .value { font-size: 12px; font-weight: 600 } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .c0 { stroke: #0969da } .c1 { stroke: #bc4c00 } .d0 { fill: #0969da } .d1 { fill: #bc4c00 } .spread { stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .grid { stroke: #21262d } .axis { stroke: #6e7681 } text { fill: #e6edf3 } .tick { fill: #9198a1 }
    .c0 { stroke: #58a6ff } .c1 { stroke: #f0883e } .d0 { fill: #58a6ff } .d1 { fill: #f0883e }
  }
"""


@dataclass
class Line:
    """A series: its name, and points of (x, median, lowest, highest)."""
    name: str
    points: list


@dataclass
class Chart:
    """A chart with both axes from zero."""
    title: str
    x: str
    y: str
    lines: list
    # where the x axis has ticks; round steps unless given
    ticks: tuple = ()


def step_for(top):
    """A round distance of ticks, so that there are four to eight of them."""
    magnitude = 1.0
    while magnitude * 10 <= top:
        magnitude *= 10
    while magnitude > top:
        magnitude /= 10
    return next(s * magnitude for s in (0.2, 0.25, 0.5, 1, 2) if top / (s * magnitude) <= 7)


def number(value):
    return f"{value:,.10g}"


def short(value):
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


class Canvas:
    """Turns values into coordinates and collects elements."""

    def __init__(self, chart):
        points = [p for line in chart.lines for p in line.points]
        self.chart, self.parts = chart, []
        self.step_y = step_for(max(p[3] for p in points))
        self.top = self.step_y * -(-max(p[3] for p in points) * 1.04 // self.step_y)
        self.right = max(p[0] for p in points) * 1.06
        self.ticks = chart.ticks or self.steps(self.right, step_for(self.right))

    @staticmethod
    def steps(top, step):
        return tuple(step * n for n in range(int(top / step + 1e-9) + 1))

    def x(self, value):
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self.right

    def y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top

    def add(self, name, content="", **attributes):
        text = {k.rstrip("_").replace("_", "-"): v if isinstance(v, str) else f"{v:.1f}" for k, v in attributes.items()}
        fields = "".join(f' {k}="{v}"' for k, v in text.items())
        self.parts.append(f"<{name}{fields}>{escape(content)}</{name}>" if content else f"<{name}{fields}/>")

    def segment(self, x1, y1, x2, y2, style):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style)

    def frame(self):
        """Title, grid, axes and their labels."""
        self.add("rect", width="100%", height="100%", rx="8", class_="page")
        self.add("text", self.chart.title, x=LEFT, y=28.0, class_="title")
        for value in self.steps(self.top, self.step_y):
            self.segment(LEFT, self.y(value), WIDTH - RIGHT, self.y(value), "axis" if value == 0 else "grid")
            self.add("text", number(value), x=LEFT - 10, y=self.y(value) + 4, text_anchor="end", class_="tick")
        for value in self.ticks:
            self.segment(self.x(value), HEIGHT - BOTTOM, self.x(value), HEIGHT - BOTTOM + 5, "axis")
            self.add("text", number(value), x=self.x(value), y=HEIGHT - BOTTOM + 20, text_anchor="middle", class_="tick")
        self.add("text", self.chart.x, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 14.0, text_anchor="middle", class_="label")
        middle = (TOP + HEIGHT - BOTTOM) / 2
        self.add("text", self.chart.y, x=20.0, y=middle, text_anchor="middle", transform=f"rotate(-90 20 {middle})", class_="label")

    def line(self, at, line, above):
        """A series: line, spread of its runs, points, and their values."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y, _, _ in line.points)
        self.add("polyline", points=path, class_=f"line c{at}")
        for x, value, low, high in line.points:
            self.segment(self.x(x), self.y(low), self.x(x), self.y(high), f"spread c{at}")
            self.add("circle", cx=self.x(x), cy=self.y(value), r="4", class_=f"d{at}")
            place = self.y(high) - 9 if above else self.y(low) + 20
            if place < HEIGHT - BOTTOM - 4:  # else it would lie on the axis
                self.add("text", short(value), x=self.x(x), y=place, class_="value",
                         text_anchor="end" if x == line.points[-1][0] else "middle")

    def legend(self):
        x = LEFT
        for at, line in enumerate(self.chart.lines):
            self.add("circle", cx=x + 4, cy=44.0, r="4", class_=f"d{at}")
            self.add("text", line.name, x=x + 14, y=48.5, class_="label")
            x += 40 + 7.2 * len(line.name)


def svg(chart):
    """The chart as a file's text."""
    canvas = Canvas(chart)
    canvas.frame()
    canvas.legend()
    highest = max(chart.lines, key=lambda line: line.points[-1][1])
    for at, line in enumerate(chart.lines):
        canvas.line(at, line, line is highest)
    body = "\n".join("  " + part for part in canvas.parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img" aria-label="{escape(chart.title, quote=True)}">\n  <style>{STYLE}  </style>\n{body}\n</svg>\n')
