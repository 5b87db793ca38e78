//! Inline policies, the same for users, roles and groups: put, get, delete and list.

use portcullis_base::Value;
use portcullis_store::record::{DocumentRecord, InlinePolicyRecord};
use thin_vec::ThinVec;

use super::holder::Holder;
use super::paging::Page;
use super::{documents, target};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

fn absent<T: Holder>(name: &str) -> ApiError {
    ApiError::no_such_entity(format!("The {} policy with name {name} cannot be found.", T::WORD))
}

/// Writes an inline policy over the one of the same name.
pub fn put<T: Holder>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let (name, text) = (ask.text("PolicyName")?, ask.text("PolicyDocument")?);
    documents::identity(text, draft)?;
    let mut record = entity.record().clone();
    let others = T::inline(&record).iter().filter(|policy| policy.name != name);
    let size =
        documents::size(text) + others.map(|policy| documents::size(&policy.document.text)).sum::<usize>();
    let most = ask.service.settings.limits.quota(T::INLINE_QUOTA);
    if size > most {
        return Err(ApiError::limit_exceeded(format!(
            "Maximum policy size of {most} bytes exceeded for {} {}",
            T::WORD,
            entity.name()
        )));
    }
    let document = DocumentRecord { text: text.to_owned(), principals: ThinVec::new() };
    let policies = T::inline_mut(&mut record);
    match policies.iter_mut().find(|policy| policy.name == name) {
        Some(held) => held.document = document,
        None => policies.push(InlinePolicyRecord { name: name.into(), document }),
    }
    T::put(draft, &record);
    Ok(Value::structure())
}

/// Gives an inline policy as it was saved.
pub fn get<T: Holder>(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let entity = target::find::<T>(ask)?;
    let name = ask.text("PolicyName")?;
    let policy = T::inline(entity.record())
        .iter()
        .find(|policy| policy.name == name)
        .ok_or_else(|| absent::<T>(name))?;
    Ok(Value::structure()
        .with(T::MEMBER, entity.name())
        .with("PolicyName", policy.name.as_str())
        .with("PolicyDocument", documents::encoded(&policy.document.text)))
}

/// Deletes an inline policy.
pub fn delete<T: Holder>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let name = ask.text("PolicyName")?;
    let mut record = entity.record().clone();
    let policies = T::inline_mut(&mut record);
    let at = policies.iter().position(|policy| policy.name == name).ok_or_else(|| absent::<T>(name))?;
    policies.remove(at);
    T::put(draft, &record);
    Ok(Value::structure())
}

/// Lists the names of inline policies.
pub fn list<T: Holder>(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let entity = target::find::<T>(ask)?;
    let page = Page::of(ask, "inline")?;
    let mut names: Vec<&str> = T::inline(entity.record()).iter().map(|policy| policy.name.as_str()).collect();
    names.sort_unstable();
    Ok(page.answer("PolicyNames", names, |name| (*name).to_owned(), |name| Value::from(*name)))
}
