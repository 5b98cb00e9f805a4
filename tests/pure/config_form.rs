//! The form of a config in files: what is read, what is written, what is refused.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tower_cors::{InnerHeaders, Policy, PolicyConfig};

const YAML: &str = "
allowOrigins:
  - https://app.example.com
allowMethods: [PUT]
allowHeaders: [authorization]
allowCredentials: true
exposeHeaders: [x-request-id]
maxAge: 10m
preflightStatus: 200
deniedStatus: 204
innerHeaders: keep
answerEveryOptions: true
dangerouslyReflectAnyOrigin: true
dangerouslyAllowInsecureOrigins: true
or:
  allowOrigins: ['*']
";

fn whole() -> PolicyConfig {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        .allow_methods(["PUT"])
        .allow_headers(["authorization"])
        .allow_credentials(true)
        .expose_headers(["x-request-id"])
        .max_age(Duration::from_secs(600))
        .preflight_status(StatusCode::OK)
        .denied_status(StatusCode::NO_CONTENT)
        .inner_headers(InnerHeaders::Keep)
        .answer_every_options(true)
        .dangerously_reflect_any_origin(true)
        .dangerously_allow_insecure_origins(true)
        .or(Policy::builder().allow_origins(["*"]))
}

#[test]
fn every_field_is_read() {
    assert_eq!(serde_saphyr::from_str::<PolicyConfig>(YAML).unwrap(), whole());
    let policy: Policy = serde_saphyr::from_str(YAML).unwrap();
    assert_eq!(policy, whole().build().unwrap());
    assert_eq!(policy.config(), Some(&whole()));
    let empty: PolicyConfig = serde_json::from_str("{}").unwrap();
    assert_eq!(empty, Policy::builder());
}

#[test]
fn snake_case_is_read_too() {
    let snake: String = YAML
        .lines()
        .map(|line| {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            let key = key.chars().fold(String::new(), |mut key, c| {
                if c.is_uppercase() {
                    key.push('_');
                }
                key.extend(c.to_lowercase());
                key
            });
            if line.contains("- ") { format!("{line}\n") } else { format!("{key}:{value}\n") }
        })
        .collect::<String>()
        .replacen(":\n", "\n", 1);
    assert!(snake.contains("dangerously_allow_insecure_origins: true"), "{snake}");
    assert_eq!(serde_saphyr::from_str::<PolicyConfig>(&snake).unwrap(), whole());
}

#[test]
fn what_is_written_is_read_again() {
    let json = serde_json::to_value(whole()).unwrap();
    let expected = json!({
        "allowOrigins": ["https://app.example.com"],
        "allowMethods": ["PUT"],
        "allowHeaders": ["authorization"],
        "allowCredentials": true,
        "exposeHeaders": ["x-request-id"],
        "maxAge": 600,
        "preflightStatus": 200,
        "deniedStatus": 204,
        "innerHeaders": "keep",
        "answerEveryOptions": true,
        "dangerouslyReflectAnyOrigin": true,
        "dangerouslyAllowInsecureOrigins": true,
        "or": { "allowOrigins": ["*"] },
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<PolicyConfig>(json).unwrap(), whole());
    let yaml = serde_saphyr::to_string(&whole()).unwrap();
    assert_eq!(serde_saphyr::from_str::<PolicyConfig>(&yaml).unwrap(), whole());
    assert_eq!(serde_json::to_value(Policy::builder()).unwrap(), json!({}));

    let fraction = Policy::builder().max_age(Duration::from_millis(1500));
    let error = serde_json::to_string(&fraction).unwrap_err();
    assert_eq!(error.to_string(), "maxAge: 1.5s is not whole seconds; write whole seconds");
}

#[test]
fn max_age_is_seconds_or_a_gateway_api_duration() {
    let read = |age: serde_json::Value| {
        serde_json::from_value::<PolicyConfig>(json!({ "maxAge": age })).map(|c| c.max_age.unwrap())
    };
    for (age, seconds) in [
        (json!(0), 0),
        (json!(600), 600),
        (json!("600"), 600),
        (json!("10m"), 600),
        (json!("1h30m"), 5400),
        (json!("1h1m1s"), 3661),
        (json!("90s"), 90),
        (json!("2000ms"), 2),
        (json!("0s"), 0),
        (json!("99999h"), 359_996_400),
    ] {
        assert_eq!(read(age.clone()).unwrap(), Duration::from_secs(seconds), "{age}");
    }
    assert_eq!(read(json!("1s500ms")).unwrap(), Duration::from_millis(1500));
    for refused in [
        json!(-1),
        json!(1.5),
        json!(""),
        json!("+5"),
        json!("-5s"),
        json!("1.5h"),
        json!("10 m"),
        json!("10M"),
        json!("1d"),
        json!("m"),
        json!("5s5"),
        json!("100000s"),
        json!("1h1m1s1ms1h"),
        json!(true),
        json!(["10m"]),
    ] {
        let error = read(refused.clone()).unwrap_err().to_string();
        assert!(error.contains(r#"600, or a duration, such as "10m""#), "{refused}: {error}");
    }
}

#[test]
fn unknown_values_are_refused() {
    for (json, named) in [
        (json!({ "innerHeaders": "drop" }), "drop"),
        (json!({ "allowOrigins": true }), "a list of texts, or one text"),
        (json!({ "allowOrigins": null }), "a list of texts, or one text"),
        (json!({ "allowOrigins": [5] }), "string"),
        (json!({ "allowCredentials": "yes" }), "yes"),
        (json!({ "preflightStatus": 70000 }), "70000"),
        (json!({ "maxAge": -3 }), "`-3`"),
        (json!({ "or": "*" }), "a CORS policy, or a list of them"),
        (json!([]), "the fields of a CORS policy"),
    ] {
        let error = serde_json::from_value::<PolicyConfig>(json).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    let twice = r#"{ "maxAge": 1, "max_age": 2 }"#;
    let error = serde_json::from_str::<PolicyConfig>(twice).unwrap_err().to_string();
    assert!(error.starts_with("duplicate field `maxAge`"), "{error}");
}

#[test]
fn an_unknown_field_names_the_nearest_known_one() {
    for (written, told) in [
        ("allowOrigin", r#"unknown field "allowOrigin"; write "allowOrigins""#),
        ("allow_origin", r#"unknown field "allow_origin"; write "allowOrigins""#),
        ("alloworigins", r#"unknown field "alloworigins"; write "allowOrigins""#),
        ("origins", r#"unknown field "origins"; write "allowOrigins""#),
        ("maxage", r#"unknown field "maxage"; write "maxAge""#),
        ("max-age", r#"unknown field "max-age"; write "maxAge""#),
        ("exposedHeaders", r#"unknown field "exposedHeaders"; write "exposeHeaders""#),
        ("credentials", r#"unknown field "credentials"; write "allowCredentials""#),
        ("allowOrigins_", r#"unknown field "allowOrigins_"; write "allowOrigins""#),
        ("allow__origins", r#"unknown field "allow__origins"; write "allowOrigins""#),
        ("color", r#"unknown field "color"; remove it"#),
    ] {
        let config = json!({ "or": [{ written: 5 }] });
        let error = serde_json::from_value::<PolicyConfig>(config).unwrap_err().to_string();
        assert_eq!(error, told);
    }
}

/// Serde gives a flattened struct the fields that it names, and drops the others without a word.
#[test]
fn a_flattened_config_has_both_cases() {
    #[derive(serde::Deserialize)]
    struct Server {
        port: u16,
        #[serde(flatten)]
        cors: PolicyConfig,
    }
    let snake = json!({ "port": 80, "allow_origins": "*", "max_age": 5, "or": [] });
    let camel = json!({ "port": 80, "allowOrigins": "*", "maxAge": 5 });
    for json in [snake, camel] {
        let server: Server = serde_json::from_value(json).unwrap();
        let expected = Policy::builder().allow_origins(["*"]).max_age(Duration::from_secs(5));
        assert_eq!((server.port, server.cors), (80, expected));
    }
}

#[test]
fn a_single_text_is_a_list_of_one() {
    let yaml = "{ allowOrigins: https://a.example, allowMethods: PUT, allow_headers: '*', exposeHeaders: x-a }";
    let expected = Policy::builder()
        .allow_origins(["https://a.example"])
        .allow_methods(["PUT"])
        .allow_headers(["*"])
        .expose_headers(["x-a"]);
    assert_eq!(serde_saphyr::from_str::<PolicyConfig>(yaml).unwrap(), expected);
    for (field, text, list) in [
        (
            "allowOrigins",
            "https://a.example,https://b.example",
            r#"["https://a.example", "https://b.example"]"#,
        ),
        ("allowMethods", "GET, PUT", r#"["GET", "PUT"]"#),
        ("allowHeaders", "x-a,x-b", r#"["x-a", "x-b"]"#),
        ("exposeHeaders", "x-a,", r#"["x-a", ""]"#),
    ] {
        let error = serde_json::from_value::<PolicyConfig>(json!({ field: text })).unwrap_err();
        let told = format!("{field}: {text:?} contains a comma; write a list: {list}");
        assert_eq!(error.to_string(), told);
    }
}

#[test]
fn or_is_one_config_or_a_list_and_is_flattened() {
    let config = |origin: &str| Policy::builder().allow_origins([origin]);
    let [a, b, c, d] = ["https://a", "https://b", "https://c", "https://d"];
    let chain = config(a).or(config(b)).or(config(c)).or(config(d));
    for json in [
        json!({ "allowOrigins": a, "or": [
            { "allowOrigins": b }, { "allowOrigins": c }, { "allowOrigins": d },
        ] }),
        json!({ "or": { "allowOrigins": b, "or": { "allowOrigins": c, "or": { "allowOrigins": d } } }, "allowOrigins": a }),
        json!({ "allowOrigins": a, "or": [
            { "or": [{ "allowOrigins": c }], "allowOrigins": b }, { "allowOrigins": d, "or": [] },
        ] }),
    ] {
        let read: PolicyConfig = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read, chain, "{json}");
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(again["or"].as_array().map(Vec::len), Some(3), "{again}");
        assert_eq!(serde_json::from_value::<PolicyConfig>(again).unwrap(), chain);
    }
    // Paths count in the flat list.
    let nested = json!({ "allowOrigins": a, "or": { "allowOrigins": b, "or": [
        { "allowOrigins": c }, { "allowOrigins": [d, d, "d"] },
    ] } });
    let error = serde_json::from_value::<Policy>(nested).unwrap_err().to_string();
    assert!(error.starts_with(r#"or[2].allowOrigins[2]: "d" has no scheme"#), "{error}");
}

/// As in the docs of `allow_origins`.
#[test]
fn origins_come_from_an_environment_variable() {
    let from = |variable: &str| {
        Policy::builder().allow_origins(variable.split(',').map(str::trim)).build()
    };
    let policy = from("https://a.example, https://*.b.example").unwrap();
    let origins = &policy.config().unwrap().allow_origins;
    assert_eq!(origins, &["https://a.example", "https://*.b.example"]);
    let error = from("https://a.example,").unwrap_err().to_string();
    assert!(error.starts_with(r#"allowOrigins[1]: "" is empty"#), "{error}");
}

#[test]
fn a_policy_is_read_through_validation() {
    let json = json!({ "allowOrigins": ["a.example"], "or": { "allowOrigins": [] } });
    let error = serde_json::from_value::<Policy>(json.clone()).unwrap_err().to_string();
    let config: PolicyConfig = serde_json::from_value(json).unwrap();
    assert_eq!(error, Policy::try_from(config).unwrap_err().to_string());
    assert!(error.starts_with("allowOrigins[0]: ") && error.contains("\nor[0].allowOrigins: "));
}
