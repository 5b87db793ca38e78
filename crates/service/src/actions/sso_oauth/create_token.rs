//! CreateToken: what a client that was let in gets, as long as the sign-in session lasts by which it was.
//!
//! The scope that is asked for is passed over: a token has the scopes that the client registered (SSO OIDC API reference,
//! CreateToken).

use std::sync::Arc;

use portcullis_base::{Timestamp, Value};

use super::caller::{self, anybody, row};
use super::fault::{self, refuse};
use super::start_device_authorization::known;
use crate::action::{Ask, Handler, Row};
use crate::error::ApiError;
use crate::flow::Prospect;
use crate::gate::Authorized;
use crate::identity_center::access;
use crate::port::BoxFuture;
use crate::sign_in::client::Client;
use crate::sign_in::device::Answer;
use crate::sign_in::grant::Redeemed;
use crate::sign_in::token::{self, ACCESS_LIFE, Grant, Kind, ONLY_LIFE};
use crate::sign_in::{SignedIn, grant, session};

/// The action.
pub const ROW: Row = Row {
    prepare: Some(prepare),
    ..row(
        "CreateToken",
        &["sso-oauth:CreateToken"],
        |ask| anybody(ask, "sso-oauth:CreateToken"),
        &["clientSecret", "deviceCode", "code", "refreshToken", "codeVerifier"],
        Handler::Read(answer),
    )
};

/// Redeems what the client brings, so that the request is that of whoever let it in, in its event and for a revocation.
fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        caller::prepare(prospect).await?;
        let redeemed = redeemed(&prospect.ask());
        if let (Ok((_, who)), Some(instance)) = (&redeemed, prospect.snapshot.identity_center.instance()) {
            let vouched = access::vouched(instance, &who.user, &who.session.id);
            prospect.loaded.vouched = Some(Arc::new(vouched));
        }
        prospect.loaded.redeemed = Some(Arc::new(redeemed));
        Ok(())
    })
}

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let redeemed = ask.loaded.redeemed.as_deref();
    let redeemed = redeemed.ok_or_else(|| ApiError::internal("nothing was redeemed before the answer"))?;
    let (client, who) = redeemed.as_ref().map_err(Clone::clone)?;
    // As things are in the snapshot of the decision.
    let who = session::by_id(ask.snapshot, &who.session.id, ask.now).ok_or_else(ended)?;
    Ok(tokens(ask, client, &who))
}

fn ended() -> ApiError {
    refuse(fault::GRANT, "The sign-in session has ended. Sign in again.")
}

fn redeemed(ask: &Ask<'_>) -> Redeemed {
    let client = known(ask)?;
    let kind = ask.input.text("grantType").unwrap_or_default();
    let session = match kind {
        "urn:ietf:params:oauth:grant-type:device_code" => by_device(ask, &client, kind)?,
        "authorization_code" => by_code(ask, &client, kind)?,
        "refresh_token" => by_refresh(ask, &client)?,
        _ => return Err(refuse(fault::UNSUPPORTED, "There is no such grant type.")),
    };
    // Whoever let it in may have signed out since, or be disabled: then nothing comes of it.
    let who = session::by_id(ask.snapshot, &session, ask.now).ok_or_else(ended)?;
    Ok((client, who))
}

fn allowed(client: &Client, kind: &str) -> Result<(), ApiError> {
    if client.may(kind) {
        return Ok(());
    }
    Err(refuse(fault::UNAUTHORIZED, "The client is not registered for this grant."))
}

fn by_device(ask: &Ask<'_>, client: &Client, kind: &str) -> Result<String, ApiError> {
    allowed(client, kind)?;
    let code = ask.input.text("deviceCode");
    let code = code.ok_or_else(|| refuse(fault::REQUEST, "deviceCode is missing."))?;
    match ask.service.sign_in.waiting.ask(&client.id, code, ask.now) {
        Answer::LetIn(session) => Ok(session),
        Answer::Pending => Err(refuse(fault::PENDING, "Nobody has let the client in yet.")),
        Answer::SlowDown => Err(refuse(fault::SLOW_DOWN, "The client asks too often.")),
        Answer::Denied => Err(refuse(fault::DENIED, "The client was not let in.")),
        Answer::Expired => Err(refuse(fault::EXPIRED, "The code has expired. Begin anew.")),
    }
}

fn by_code(ask: &Ask<'_>, client: &Client, kind: &str) -> Result<String, ApiError> {
    allowed(client, kind)?;
    let given = |member: &str| {
        let text = ask.input.text(member);
        text.ok_or_else(|| refuse(fault::REQUEST, &format!("{member} is missing.")))
    };
    let (code, redirect, verifier) = (given("code")?, given("redirectUri")?, given("codeVerifier")?);
    let session = grant::redeemed(ask.service, &client.id, code, redirect, verifier);
    session.ok_or_else(|| refuse(fault::GRANT, "The code is not good, or no longer."))
}

fn by_refresh(ask: &Ask<'_>, client: &Client) -> Result<String, ApiError> {
    allowed(client, "refresh_token")?;
    let token = ask.input.text("refreshToken");
    let token = token.ok_or_else(|| refuse(fault::REQUEST, "refreshToken is missing."))?;
    let grant: Option<Grant> = token::open(ask.service, Kind::Refresh, token);
    let grant = grant.filter(|grant| grant.client == client.id && ask.now < grant.expires);
    grant
        .map(|grant| grant.session)
        .ok_or_else(|| refuse(fault::GRANT, "The refresh token is not good, or no longer."))
}

fn tokens(ask: &Authorized<'_>, client: &Client, who: &SignedIn) -> Value {
    let sealed = |kind: Kind, expires: Timestamp| {
        let (session, client) = (who.session.id.clone(), client.id.clone());
        token::seal(ask.service, kind, &Grant { session, client, expires })
    };
    let life = if client.is_refreshed() { ACCESS_LIFE } else { ONLY_LIFE };
    let until = ask.now.plus(life).min(who.session.expires);
    let seconds = until.since(ask.now).as_secs();
    let refresh = client.is_refreshed().then(|| sealed(Kind::Refresh, who.session.expires));
    Value::structure()
        .with("accessToken", sealed(Kind::Access, until))
        .with("tokenType", "Bearer")
        .with("expiresIn", i64::try_from(seconds).unwrap_or_default())
        .with_some("refreshToken", refresh)
}
