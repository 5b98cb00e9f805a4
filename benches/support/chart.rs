//! Charts as SVG, legible on light and dark pages.

use std::fmt::Write;

use crate::table::grouped;

pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    name: &'static str,
    /// One for each group of bars, or point of the line.
    values: Vec<Option<f64>>,
}

impl Series {
    pub(crate) fn new(name: &'static str, values: Vec<Option<f64>>) -> Self {
        Self { name, values }
    }
}

/// The page's own background shows through. Each colour stands out from white and from black.
const STYLE: &str = "<style>
text { font: 13px sans-serif; fill: #24292f }
.title { font-weight: bold }
.rule { stroke: #8886; stroke-width: 1; fill: none }
.line { fill: none; stroke-width: 2.5 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>
";
const WIDTH: f64 = 760.0;
const LEFT: f64 = 160.0;
const RIGHT: f64 = 90.0;

/// By name, so that a contender has one colour in every chart.
fn colour(name: &str) -> &'static str {
    match name {
        "tower-cors" => "#e8590c",
        "tower-http" => "#4c84d8",
        "actix-cors" => "#2b9a66",
        "poem" => "#a670d0",
        _ => "#8b949e",
    }
}

impl Chart {
    /// A group of bars for each label. What is over `most` is cut, and says how much it is.
    pub(crate) fn bars(&self, labels: &[&str], most: f64) -> String {
        let (bar, gap, top) = (13.0, 12.0, 64.0);
        let group = bar * self.series.len() as f64 + gap;
        let height = top + group * labels.len() as f64 + 30.0;
        let mut svg = self.head(height);
        for (at, label) in labels.iter().enumerate() {
            let y = top + group * at as f64;
            let middle = y + (group - gap) / 2.0 + 4.0;
            text(&mut svg, LEFT - 8.0, middle, "end", "", label);
            for (place, series) in self.series.iter().enumerate() {
                let Some(value) = series.values[at] else { continue };
                let length = (WIDTH - LEFT - RIGHT) * value.min(most) / most;
                let y = y + bar * place as f64;
                let _ = writeln!(
                    svg,
                    "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\" fill=\"{}\"/>",
                    bar - 2.0,
                    colour(series.name),
                );
                let arrow = if value > most { " →" } else { "" };
                let number = format!("{}{arrow}", grouped(value));
                text(&mut svg, LEFT + length + 5.0, y + 10.0, "start", "", &number);
            }
        }
        text(&mut svg, LEFT, height - 8.0, "start", "", self.x);
        svg + "</svg>\n"
    }

    /// A line for each series, both axes logarithmic.
    pub(crate) fn lines(&self, at: &[f64]) -> String {
        let (top, height, bottom) = (64.0, 420.0, 50.0);
        let all = || self.series.iter().flat_map(|series| series.values.iter().flatten());
        let low = all().copied().fold(f64::INFINITY, f64::min).max(1.0).log10().floor();
        let high = all().copied().fold(1.0, f64::max).log10().ceil();
        let (first, last) = (at[0].log10(), at[at.len() - 1].log10());
        let x =
            |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * (value.log10() - first) / (last - first);
        let y = |value: f64| {
            height - bottom - (height - top - bottom) * (value.log10() - low) / (high - low)
        };
        let mut svg = self.head(height);
        for power in low as i32..=high as i32 {
            let value = 10f64.powi(power);
            let _ = writeln!(
                svg,
                "<path class=\"rule\" d=\"M{LEFT} {0:.1}H{1}\"/>",
                y(value),
                WIDTH - RIGHT
            );
            text(&mut svg, LEFT - 8.0, y(value) + 4.0, "end", "", &grouped(value));
        }
        for &value in at {
            text(&mut svg, x(value), height - bottom + 20.0, "middle", "", &grouped(value));
        }
        text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, height - 10.0, "middle", "", self.x);
        for series in &self.series {
            let points = at.iter().zip(&series.values);
            let points: Vec<_> = points.filter_map(|(at, value)| Some((*at, (*value)?))).collect();
            let path: Vec<_> =
                points.iter().map(|&(at, value)| format!("{:.1} {:.1}", x(at), y(value))).collect();
            let colour = colour(series.name);
            let _ = writeln!(
                svg,
                "<path class=\"line\" stroke=\"{colour}\" d=\"M{}\"/>",
                path.join("L")
            );
            for point in path {
                let (x, y) = point.split_once(' ').unwrap_or_default();
                let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>");
            }
        }
        svg + "</svg>\n"
    }

    /// Title and legend.
    fn head(&self, height: f64) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n{STYLE}",
            self.title
        );
        text(&mut svg, 12.0, 22.0, "start", "title", self.title);
        let mut x = 12.0;
        for series in &self.series {
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"36\" width=\"12\" height=\"12\" fill=\"{}\"/>",
                colour(series.name)
            );
            text(&mut svg, x + 17.0, 47.0, "start", "", series.name);
            x += 40.0 + 7.5 * series.name.len() as f64;
        }
        svg
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(
        svg,
        "<text{class} x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}
