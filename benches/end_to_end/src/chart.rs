//! Bars as SVG, on a ground of their own, so that they can be read on light and dark pages.

use std::fmt::Write;

pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
    /// Where a line is drawn to compare with, and what is written at it.
    pub(crate) mark: Option<(f64, String)>,
}

pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// The value as it is read.
    pub(crate) text: String,
    /// Whether it is this crate's.
    pub(crate) ours: bool,
}

const WIDTH: usize = 760;
const LEFT: usize = 310;
const LENGTH: f64 = 350.0;
const ROW: usize = 24;
const MARGIN: usize = 20;

const STYLE: &str = "
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.mark { font-size: 11px; fill: #9a3412 }
.ground { fill: #ffffff; stroke: #d1d9e0 }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
.ours { fill: #1f6feb }
.other { fill: #a3aab3 }
line { stroke: #9a3412; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .mark { fill: #ffb77c }
  .ground { fill: #0d1117; stroke: #3d444d }
  .value { stroke: #0d1117 }
  .ours { fill: #58a6ff }
  .other { fill: #6e7681 }
  line { stroke: #ffb77c }
}
";

/// Panels below each other, each with a scale of its own that begins at 0.
pub(crate) fn svg(name: &str, panels: &[Panel]) -> String {
    let mut body = String::new();
    let mut y = MARGIN;
    for panel in panels {
        y = draw(&mut body, panel, y);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" \
         height=\"{y}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n\
         {body}</svg>\n",
        escaped(name),
        WIDTH - 1,
        y - 1,
    )
}

/// Draws below `y`; returns where it ends.
fn draw(body: &mut String, panel: &Panel, mut y: usize) -> usize {
    let values = panel.bars.iter().map(|bar| bar.value);
    let most = values.chain(panel.mark.as_ref().map(|mark| mark.0)).fold(0.0, f64::max);
    let scale = if most > 0.0 { LENGTH / most } else { 0.0 };
    y += ROW - 8;
    let title = escaped(&panel.title);
    line(body, format_args!("<text class=\"title\" x=\"{MARGIN}\" y=\"{y}\">{title}</text>"));
    if let Some((value, text)) = &panel.mark {
        let x = LEFT as f64 + value * scale;
        let (top, end, text) = (y + 4, y + 10 + ROW * panel.bars.len(), escaped(text));
        line(
            body,
            format_args!(
                "<text class=\"mark\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>\
                 <line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{end}\"/>"
            ),
        );
    }
    y += 8;
    for bar in &panel.bars {
        let (width, label, text) = (bar.value * scale, escaped(&bar.label), escaped(&bar.text));
        let class = if bar.ours { "ours" } else { "other" };
        let (base, behind) = (y + 15, LEFT as f64 + width + 6.0);
        line(
            body,
            format_args!(
                "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{label}</text>\
                 <rect class=\"{class}\" x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"16\"/>\
                 <text class=\"value\" x=\"{behind:.1}\" y=\"{base}\">{text}</text>",
                LEFT - 8,
                y + 2,
            ),
        );
        y += ROW;
    }
    y + MARGIN
}

fn line(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(body, "{text}");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let bar =
            |value| Bar { label: "<a>".into(), value, text: "1 & 2".into(), ours: value > 1.0 };
        let mark = Some((4.0, "here".into()));
        let panel = Panel { title: "t".into(), bars: vec![bar(1.0), bar(2.0)], mark };
        let svg = svg("\"name\"", &[panel]);
        assert!(svg.contains("class=\"other\" x=\"310\" y=\"46\" width=\"87.5\""), "{svg}");
        assert!(svg.contains("class=\"ours\" x=\"310\" y=\"70\" width=\"175.0\""), "{svg}");
        assert!(svg.contains("x1=\"660.0\""), "{svg}");
        assert!(svg.contains("&lt;a&gt;") && svg.contains("1 &amp; 2"), "{svg}");
        assert!(svg.contains("aria-label=\"&quot;name&quot;\""), "{svg}");
    }

    #[test]
    fn nothing_measured_draws_nothing_wide() {
        let bars = vec![Bar { label: String::new(), value: 0.0, text: String::new(), ours: true }];
        let svg = svg("", &[Panel { title: String::new(), bars, mark: None }]);
        assert!(svg.contains("width=\"0.0\"") && !svg.contains("NaN"), "{svg}");
    }
}
