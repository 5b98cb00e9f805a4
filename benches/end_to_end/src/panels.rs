//! The results as the chart's panels.

use crate::chart::{Bar, Panel};
use crate::contender::{Contender, Middleware};
use crate::policy::Case;
use crate::proxies::Proxy;
use crate::results::{Results, counted, is_none, one_percent, rate};
use crate::rounds::{Series, grouped};

impl Results {
    pub(crate) fn panels(&self) -> Vec<Panel> {
        let mut panels = Vec::new();
        let ours = |contender: &Contender| contender.middleware == Middleware::TowerCors;
        let goal = |percent: f64| Some((percent, format!("goal {percent} %")));

        let mut bars = Vec::new();
        for ((contender, case), _) in &self.requests {
            let pair = self.requests_pair(contender.middleware, contender.origins);
            if let Some((this, none)) = pair.filter(|_| *case == Case::ActualAllowed) {
                bars.push(percent_bar(plain(contender), &rate(this, none), ours(contender)));
            }
        }
        let title = "Requests per second, of an axum app without CORS";
        panels.push(Panel { title: title.into(), bars, mark: goal(90.0) });

        let mut bars = Vec::new();
        let none = self.connections.iter().find(|(contender, _)| is_none(*contender));
        for (contender, figures) in &self.connections {
            if let Some((_, none)) = none {
                let ratio = rate(figures, none);
                bars.push(percent_bar(plain(contender), &ratio, ours(contender)));
            }
        }
        let title = "New connections per second, 50 routes; shared: into_make_service()";
        panels.push(Panel { title: title.into(), bars, mark: goal(95.0) });

        let bars = self.memory.iter().map(|(contender, kib)| Bar {
            label: plain(contender),
            value: kib.median(),
            text: format!("{} KiB", grouped(kib.median())),
            ours: ours(contender),
        });
        let title = "Memory per idle connection, 50 routes";
        panels.push(Panel { title: title.into(), bars: bars.collect(), mark: None });

        let mut bars = Vec::new();
        for (key, figures) in self.proxies.iter().filter(|(key, _)| key.proxy == Proxy::Gateway) {
            if let Some(ratio) = self.of_envoy(*key, figures) {
                let label = format!("{}, {}", key.case.name(), counted(key.origins, "origin"));
                bars.push(percent_bar(label, &ratio, true));
            }
        }
        let title = "The example gateway's requests per second, of Envoy's";
        panels.push(Panel { title: title.into(), bars, mark: Some((100.0, "Envoy".into())) });
        panels.retain(|panel| !panel.bars.is_empty());
        panels
    }
}

fn plain(contender: &Contender) -> String {
    contender.to_string().replace("`into_make_service()`", "shared routes")
}

fn percent_bar(label: String, ratio: &Series, ours: bool) -> Bar {
    let value = ratio.median() * 100.0;
    Bar { label, value, text: one_percent(value), ours }
}
