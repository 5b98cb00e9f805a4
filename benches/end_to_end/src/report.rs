//! The results as tables.

use std::fmt::Write;

use crate::apps::{AT_ONCE, ROUTES};
use crate::contender::{Contender, Middleware};
use crate::race::{Figures, Plan};
use crate::results::{Results, counted, digits, is_none, one_percent, rate};
use crate::rounds::{Series, grouped};

impl Results {
    /// Every table, in Markdown.
    pub(crate) fn tables(&self, plan: Plan, machine: &str) -> String {
        let mut text = format!(
            "Measured on {machine}. Servers have one thread that serves, on one core; the load comes \
             from another, by {} connections. Each figure is the median of {} of {} s, in which the \
             contenders took turns; ratios are taken within a round, and in brackets are the lowest \
             and the highest. *CPU* is the time that the server's process ran, by request. *Busy* \
             is the part of its core that it had: where that is far from 100 %, something else was \
             the limit, and the CPU tells more than the rate.\n\n",
            plan.connections,
            counted(plan.rounds, "round"),
            plan.seconds,
        );
        text += &self.goals();
        text += &self.requests_table();
        text += &self.preflights_table();
        text += &self.connections_table();
        text += &self.memory_table();
        text += &self.proxies_table();
        text
    }

    fn goals(&self) -> String {
        let mut rows = String::new();
        let mut row = |what: &str, goal: &str, found: String, held: bool| {
            let held = if held { "held" } else { "**missed**" };
            let _ = writeln!(rows, "| {what} | {goal} | {found} | {held} |");
        };
        if let Some((this, none)) = self.requests_pair(Middleware::TowerCors, 1000) {
            let what = "requests per second, 1,000 origins, of no CORS";
            row(what, "at least 90 %", both_ratios(this, none), rate(this, none).median() >= 0.9);
        }
        if let Some((this, none)) = self.connections_pair(Middleware::TowerCors) {
            let what = "new connections per second, 1,000 origins, 50 routes, of no CORS";
            row(what, "at least 95 %", both_ratios(this, none), rate(this, none).median() >= 0.95);
        }
        if let Some(more) = self.memory_more(Middleware::TowerCors) {
            let what = "memory per idle connection, 1,000 origins, 50 routes, over no CORS";
            let found = format!("{:.1} KiB", more.median());
            row(what, "at most 4 KiB", found, more.median() <= 4.0);
        }
        match rows.is_empty() {
            true => rows,
            false => format!("| what | goal | measured | |\n| --- | --- | --- | --- |\n{rows}\n"),
        }
    }

    fn requests_table(&self) -> String {
        let mut table = Table::new(
            "Requests: an axum app on loopback",
            &["request", "app", "requests/s", "of no CORS", "CPU", "busy"],
        );
        for ((contender, case), figures) in &self.requests {
            let none = self.requests.iter().find(|(key, _)| is_none(key.0) && key.1 == *case);
            if let Some((_, none)) = none {
                let ratio = rate(figures, none);
                table.row(&[case.name().into(), contender.to_string()], figures, Some(ratio));
            }
        }
        table.text
    }

    fn preflights_table(&self) -> String {
        let mut table = Table::new(
            "Preflights: an axum app on loopback",
            &["request", "app", "requests/s", "of tower-http", "CPU", "busy"],
        );
        for ((contender, case), figures) in &self.requests {
            let peer = Contender { middleware: Middleware::TowerHttp, ..*contender };
            let peer = self.requests.iter().find(|(key, _)| *key == (peer, *case));
            if let Some((_, peer)) = peer.filter(|_| case.is_preflight()) {
                let ratio = rate(figures, peer);
                table.row(&[case.name().into(), contender.to_string()], figures, Some(ratio));
            }
        }
        table.text
    }

    fn connections_table(&self) -> String {
        let mut table = Table::new(
            &format!(
                "New connections: {ROUTES} routes, a connection for each request, {AT_ONCE} at a time"
            ),
            &["app", "connections/s", "of no CORS", "CPU", "busy"],
        );
        let none = self.connections.iter().find(|(contender, _)| is_none(*contender));
        for (contender, figures) in &self.connections {
            let ratio = none.map(|(_, none)| rate(figures, none));
            table.row(&[contender.to_string()], figures, ratio);
        }
        if !self.connections.is_empty() {
            table.text += "`axum::serve(listener, app)` makes its own copy of every route, layers \
                included, for every connection. What that costs with any layer at all is the row of \
                the one that does nothing: it has one shared pointer, as tower-cors has. With \
                `axum::serve(listener, app.into_make_service())` connections share the routes: then \
                a layer costs each request something, and a connection nothing.\n\n";
        }
        table.text
    }

    fn memory_table(&self) -> String {
        let mut table = Table::new(
            &format!("Memory: {ROUTES} routes, connections kept open after a request"),
            &["app", "KiB per connection", "more than without CORS"],
        );
        let none = self.memory.iter().find(|(contender, _)| is_none(*contender));
        for (contender, kib) in &self.memory {
            let more = none.map_or(f64::NAN, |(_, none)| kib.less(none).median());
            let figure = |kib: f64| match kib.abs() < 100.0 {
                true => format!("{kib:.1}"),
                false => grouped(kib),
            };
            table.cells(&[contender.to_string(), figure(kib.median()), figure(more)]);
        }
        table.text
    }

    fn proxies_table(&self) -> String {
        let mut table = Table::new(
            "The example `gateway` and Envoy, before the same upstream",
            &["request", "origins", "proxy", "requests/s", "of Envoy", "CPU", "busy"],
        );
        for (key, figures) in &self.proxies {
            let cells = [key.case.name().into(), key.origins.to_string(), key.proxy.to_string()];
            table.row(&cells, figures, self.of_envoy(*key, figures));
        }
        if !self.proxies.is_empty() {
            table.text += "Each with one worker thread and its defaults otherwise; the policies are \
                the same, the preflights of other origins are answered by both. *CPU* counts all \
                threads.\n\n";
        }
        table.text
    }
}

/// By rate, and what it would be if the server's CPU were the only limit.
fn both_ratios(this: &Figures, other: &Figures) -> String {
    let cpu = other.cpu.over(&this.cpu);
    format!("{}; by CPU {}", percent(&rate(this, other)), percent(&cpu))
}

fn percent(ratio: &Series) -> String {
    let (low, high) = ratio.range();
    let median = one_percent(ratio.median() * 100.0);
    format!("{median} ({}–{})", digits(low * 100.0), digits(high * 100.0))
}

/// A titled table, as long as a row is in it.
struct Table {
    head: String,
    text: String,
}

impl Table {
    fn new(title: &str, columns: &[&str]) -> Self {
        let line = "| --- ".repeat(columns.len());
        let head = format!("### {title}\n\n| {} |\n{line}|\n", columns.join(" | "));
        Self { head, text: String::new() }
    }

    fn cells(&mut self, cells: &[String]) {
        if self.text.is_empty() {
            self.text = format!("{}\n", self.head);
        }
        // Before the empty line that ends the table.
        self.text.pop();
        let _ = writeln!(self.text, "| {} |\n", cells.join(" | "));
    }

    fn row(&mut self, names: &[String], figures: &Figures, ratio: Option<Series>) {
        let mut cells = names.to_vec();
        cells.push(grouped(figures.per_second.median()));
        cells.push(ratio.as_ref().map(percent).unwrap_or_default());
        cells.push(format!("{:.1} µs", figures.cpu.median()));
        cells.push(one_percent(figures.busy.median() * 100.0));
        self.cells(&cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Serving;
    use crate::policy::Case;
    use crate::proxies::{Key, Proxy};

    fn figures(per_second: &[f64]) -> Figures {
        let series = |value: f64| Series(vec![value; per_second.len()]);
        Figures { per_second: Series(per_second.to_vec()), cpu: series(7.25), busy: series(0.99) }
    }

    fn contender(middleware: Middleware, origins: usize, serving: Serving) -> Contender {
        Contender { middleware, origins, serving }
    }

    fn results() -> Results {
        let app = |middleware, origins| contender(middleware, origins, Serving::App);
        let shared = contender(Middleware::None, 0, Serving::MakeService);
        let (none, cors, http) = (
            app(Middleware::None, 0),
            app(Middleware::TowerCors, 1000),
            app(Middleware::TowerHttp, 1000),
        );
        let envoy = Key { proxy: Proxy::Envoy, origins: 64, case: Case::PreflightAllowed };
        let gateway = Key { proxy: Proxy::Gateway, ..envoy };
        Results {
            requests: vec![
                ((none, Case::ActualAllowed), figures(&[1000.0, 2000.0, 1000.0])),
                ((cors, Case::ActualAllowed), figures(&[900.0, 1900.0, 950.0])),
                ((cors, Case::PreflightAllowed), figures(&[1500.0, 1500.0, 3000.0])),
                ((http, Case::PreflightAllowed), figures(&[1000.0, 1000.0, 1000.0])),
            ],
            connections: vec![
                (none, figures(&[1000.0])),
                (cors, figures(&[900.0])),
                (shared, figures(&[1200.0])),
            ],
            memory: vec![(none, Series(vec![46.0, 47.0])), (cors, Series(vec![46.5, 49.5]))],
            proxies: vec![(gateway, figures(&[300.0])), (envoy, figures(&[200.0]))],
        }
    }

    #[test]
    fn ratios_and_goals_are_in_the_tables() {
        let cores = crate::process::Cores { server: 0, load: 1 };
        let plan = Plan { cores, rounds: 3, seconds: 1, connections: 64 };
        let text = results().tables(plan, "a machine");
        for line in [
            "| requests per second, 1,000 origins, of no CORS | at least 90 % | 95 % (90–95); by CPU 100 % (100–100) | held |",
            "| new connections per second, 1,000 origins, 50 routes, of no CORS | at least 95 % | \
             90 % (90–90); by CPU 100 % (100–100) | **missed** |",
            "| memory per idle connection, 1,000 origins, 50 routes, over no CORS | at most 4 KiB | \
             1.5 KiB | held |",
            "| GET, origin allowed | tower-cors, 1,000 origins | 950 | 95 % (90–95) | 7.2 µs | 99 % |",
            "| preflight, origin allowed | tower-cors, 1,000 origins | 1,500 | 150 % (150–300) | \
             7.2 µs | 99 % |",
            "| no CORS, `into_make_service()` | 1,200 | 120 % (120–120) | 7.2 µs | 99 % |",
            "| tower-cors, 1,000 origins | 48.0 | 1.5 |",
            "| preflight, origin allowed | 64 | gateway | 300 | 150 % (150–150) | 7.2 µs | 99 % |",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
        assert!(text.contains(" | busy |\n| --- | --- |"), "{text}");
        assert!(text.contains("Measured on a machine."), "{text}");
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let cores = crate::process::Cores { server: 0, load: 1 };
        let plan = Plan { cores, rounds: 3, seconds: 1, connections: 64 };
        let some = Results { memory: results().memory, ..Results::default() };
        let text = some.tables(plan, "a machine");
        assert_eq!((text.matches("###").count(), text.matches("goal").count()), (1, 1), "{text}");
        assert_eq!(some.panels().len(), 1);
        assert_eq!(results().panels().len(), 4);
    }
}
