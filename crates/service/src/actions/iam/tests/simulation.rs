use portcullis_base::world::SystemEntropy;
use portcullis_base::{UniqueId, UniqueIdKind};

use super::*;
use crate::draft::Draft;

fn asked(policies: &[&str], resources: &[String]) -> Value {
    let texts = |texts: &[String]| texts.iter().map(|text| Value::from(text.as_str())).collect::<Value>();
    let owned: Vec<String> = policies.iter().map(|text| (*text).to_owned()).collect();
    Value::structure()
        .with("PolicyInputList", texts(&owned))
        .with("ActionNames", texts(&["s3:GetObject".to_owned(), "s3:PutObject".to_owned()]))
        .with("ResourceArns", texts(resources))
}

#[tokio::test]
async fn an_attached_policy_that_cannot_be_read_cannot_be_simulated() {
    let ground = Ground::new().await;
    ground.user("broken", Some(ALLOW_ALL)).await;
    let mut record =
        ground.service.snapshot().users.named(ground.account(), "broken").unwrap().record.clone();
    "{".clone_into(&mut record.inline.first_mut().unwrap().document.text);
    let mut draft = Draft::new();
    draft.put_user(&record);
    ground.write(draft).await;
    let input = asked(&[ALLOW_ALL], &[]).with("PolicySourceArn", arn("user/broken"));
    let refusal = call(&ground, &ground.root, "SimulatePrincipalPolicy", input).await.unwrap_err();
    assert_eq!((&*refusal.code, refusal.status), ("PolicyEvaluation", 500));
    assert!(refusal.message.starts_with("The policy user_broken_"), "{}", refusal.message);
}

#[tokio::test]
async fn an_attached_policy_that_is_not_there_cannot_be_simulated() {
    let ground = Ground::new().await;
    ground.user("torn", Some(ALLOW_ALL)).await;
    let mut record = ground.service.snapshot().users.named(ground.account(), "torn").unwrap().record.clone();
    record.boundary = Some(UniqueId::generate(UniqueIdKind::Policy, &SystemEntropy));
    let mut draft = Draft::new();
    draft.put_user(&record);
    ground.write(draft).await;
    let input = asked(&[ALLOW_ALL], &[]).with("PolicySourceArn", arn("user/torn"));
    let refusal = call(&ground, &ground.root, "SimulatePrincipalPolicy", input).await.unwrap_err();
    assert_eq!((&*refusal.code, refusal.status), ("PolicyEvaluation", 500));
}

#[tokio::test]
async fn a_simulation_costs_no_more_than_it_may() {
    let ground = Ground::new().await;
    let statement = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::data/x"}"#;
    let many = |count: usize| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, vec![statement; count].join(","))
    };
    let resources: Vec<String> = (0..700).map(|number| format!("arn:aws:s3:::data/{number}")).collect();
    // A page that would take too long holds fewer results than were asked for.
    let large = many(400);
    let answer =
        call(&ground, &ground.root, "SimulateCustomPolicy", asked(&[&large], &resources)).await.unwrap();
    assert_eq!((answer.list("EvaluationResults").len(), answer.bool("IsTruncated")), (1, Some(true)));
    let next = asked(&[&large], &resources).with("Marker", answer.text("Marker").unwrap());
    let answer = call(&ground, &ground.root, "SimulateCustomPolicy", next).await.unwrap();
    let [last] = answer.list("EvaluationResults") else { panic!("{answer:?}") };
    assert_eq!(
        (last.text("EvalActionName"), answer.bool("IsTruncated")),
        (Some("s3:PutObject"), Some(false))
    );
    let too_large = [large.as_str(), &large, &large, &large];
    let refusal =
        call(&ground, &ground.root, "SimulateCustomPolicy", asked(&too_large, &resources)).await.unwrap_err();
    assert_eq!((&*refusal.code, refusal.status), ("InvalidInput", 400));
}
