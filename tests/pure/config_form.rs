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
    assert_eq!(error.to_string(), "maxAge: 1.5s is not whole seconds");
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
fn unknown_fields_and_values_are_refused() {
    for (json, named) in [
        (json!({ "allowOrigin": ["*"] }), "allowOrigin"),
        (json!({ "or": { "maxage": 5 } }), "maxage"),
        (json!({ "innerHeaders": "drop" }), "drop"),
        (json!({ "allowOrigins": "*" }), "sequence"),
        (json!({ "allowCredentials": "yes" }), "yes"),
        (json!({ "preflightStatus": 70000 }), "70000"),
        (json!({ "maxAge": -3 }), "`-3`"),
    ] {
        let error = serde_json::from_value::<PolicyConfig>(json).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn a_policy_is_read_through_validation() {
    let json = json!({ "allowOrigins": ["a.example"], "or": { "allowOrigins": [] } });
    let error = serde_json::from_value::<Policy>(json.clone()).unwrap_err().to_string();
    let config: PolicyConfig = serde_json::from_value(json).unwrap();
    assert_eq!(error, Policy::try_from(config).unwrap_err().to_string());
    assert!(error.starts_with("allowOrigins[0]: ") && error.contains("\nor.allowOrigins: "));
}
