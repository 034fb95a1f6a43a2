"""What pictures are drawn with: SVG that takes the colours of the page it stands in, light or dark.

Sizes are in pixels of a picture that is at most 640 wide, so that it can be read on a phone.
"""

import html

COLOURS = {
    "ink": ("#1f2328", "#e6e8eb"),
    "soft": ("#57606a", "#a3abb5"),
    "line": ("#b3bac2", "#5b636d"),
    "plain": ("#f3f5f7", "#262b31"),
    "blue": ("#dce8fd", "#1d3352"),
    "blue-line": ("#3b6fd0", "#7ba6f2"),
    "green": ("#dcf3e2", "#1b3a27"),
    "green-line": ("#2f8a4c", "#6cc488"),
    "orange": ("#fde7d3", "#4a2f17"),
    "orange-line": ("#c25a10", "#f0a366"),
}
"""Of each colour's name the tones on light and on dark paper."""

RULES = """
.drawn text { fill: var(--ink); font: 14px system-ui, sans-serif; }
.drawn .small { font-size: 12px; fill: var(--soft); }
.drawn .strong { font-weight: 600; }
.drawn .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
.drawn .arrow { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.drawn .head { fill: var(--soft); }
"""


def style() -> str:
    """Give the rules of all pictures; a page's own switch between light and dark wins over that of the system."""
    light, dark = ("; ".join(f"--{name}: {tones[i]}" for name, tones in COLOURS.items()) for i in (0, 1))
    return (
        f".drawn {{ {light}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ .drawn {{ {dark}; }} }}\n"
        f'body[data-theme="light"] .drawn {{ {light}; }}\nbody[data-theme="dark"] .drawn {{ {dark}; }}{RULES}'
    )


class Picture:
    """Collects the elements of one picture."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._elements: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write a line; kinds are ``small``, ``strong`` and ``code``, or several of them."""
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self._elements.append(f'<text class="{kind}" {place}>{html.escape(words)}</text>')

    def box(self, x: float, y: float, width: float, height: float, colour: str = "plain", dashed: bool = False) -> None:
        """Draw a rounded box."""
        edge = "line" if colour in {"plain", "none"} else f"{colour}-line"
        fill = "none" if colour == "none" else f"var(--{colour})"
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self._elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" '
            f'style="fill: {fill}; stroke: var(--{edge})"{dashes}/>'
        )

    def label(
        self, x: float, y: float, width: float, height: float, *lines: str, colour: str = "plain", kind: str = "code"
    ) -> None:
        """Draw a box with lines in its middle: the first of a kind, the others small."""
        self.box(x, y, width, height, colour)
        top = y + height / 2 + 5 - 8 * (len(lines) - 1)
        for number, line in enumerate(lines):
            self.text(x + width / 2, top + 17 * number, line, kind if number == 0 else "small", "middle")

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw an arrow along points; its last stretch is level or upright."""
        (x0, y0), (x, y) = points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        path = " L".join(f"{px:g} {py:g}" for px, py in [*points[:-1], (x - 6 * dx, y - 6 * dy)])
        corners = [(x, y), (x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx), (x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx)]
        self._elements.append(f'<path class="arrow" d="M{path}"/>')
        self._elements.append(f'<path class="head" d="M{" L".join(f"{px:g} {py:g}" for px, py in corners)} Z"/>')

    def dot(self, x: float, y: float, colour: str = "plain", radius: float = 6) -> None:
        """Draw a dot, as for an event."""
        edge = "line" if colour == "plain" else f"{colour}-line"
        fill = f"var(--{colour})" if colour == "plain" else f"var(--{edge})"
        self._elements.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" style="fill: {fill}; stroke: var(--{edge})"/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw a bar of a chart."""
        fill = colour if colour == "line" else f"{colour}-line"
        self._elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2" style="fill: var(--{fill})"/>'
        )

    def svg(self) -> str:
        """Give the picture as the text of a file."""
        body = "\n".join(self._elements)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="drawn" viewBox="0 0 {self._width} {self._height}" '
            f'width="{self._width}" height="{self._height}">\n<style>\n{style()}</style>\n{body}\n</svg>\n'
        )
