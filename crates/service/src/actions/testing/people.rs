//! People of the identity store, as tests need them: made without the actions, and signed in to a role.

use std::sync::Arc;

use portcullis_base::{AccountId, Value};
use portcullis_store::record::{DirectoryGroupRecord, DirectoryStamps, DirectoryUserRecord, SessionKind};

use super::{Creds, Ground, facts};
use crate::action::{Ask, Loaded};
use crate::caller::{Caller, Vouched, VouchedBy};
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::identity_center::access;
use crate::issue::{Wanted, issue};
use crate::snapshot::Snapshot;
use crate::token::{Federation, FederationKey, Passed, Subject};

impl Ground {
    /// A user of the identity store under this id.
    pub async fn person(&self, id: &str, user_name: &str, is_enabled: bool) {
        let now = self.service.world.clock.now();
        let by = "arn:aws:iam::123456789012:root".to_owned();
        let stamps = DirectoryStamps { created: now, created_by: by.clone(), updated: now, updated_by: by };
        let record = DirectoryUserRecord {
            id: id.to_owned(),
            user_name: user_name.to_owned(),
            is_enabled,
            attributes: "{}".to_owned(),
            stamps,
            email: None,
            revision: 1,
            external_ids: Vec::new(),
        };
        let mut draft = Draft::new();
        draft.put_directory_user(&record);
        self.write(draft).await;
    }

    /// A group of the identity store under this id.
    pub async fn people_group(&self, id: &str, name: &str) {
        let now = self.service.world.clock.now();
        let (created_by, updated_by) = (String::new(), String::new());
        let stamps = DirectoryStamps { created: now, created_by, updated: now, updated_by };
        let (id, display_name) = (id.to_owned(), name.to_owned());
        let attributes = "{}".to_owned();
        let record = DirectoryGroupRecord {
            id,
            display_name,
            description: None,
            attributes,
            stamps,
            revision: 1,
            external_ids: Vec::new(),
        };
        let mut draft = Draft::new();
        draft.put_directory_group(&record);
        self.write(draft).await;
    }

    /// A session of a role, as the access portal gives it to a person.
    ///
    /// # Errors
    /// Those of issuing.
    pub async fn portal_session(&self, role: &str, id: &str, user_name: &str) -> Result<Creds, ApiError> {
        let snapshot = self.service.snapshot();
        let role = snapshot.role_by_arn(role).unwrap();
        let key = FederationKey {
            name: "identitystore:UserId".to_owned(),
            values: vec![id.to_owned()],
            is_multivalued: false,
        };
        let store = &snapshot.identity_center.instance().unwrap().store;
        let provider = format!("arn:aws:identitystore::{}:identitystore/{store}", self.account());
        let caller = Caller::vouched(&Arc::new(Vouched {
            by: VouchedBy::Portal,
            provider: provider.clone(),
            name: user_name.to_owned(),
            user_id: "a-sign-in".to_owned(),
            account: self.account(),
            keys: Vec::new(),
            federation: Federation { provider, keys: vec![key] },
            person: Some(id.to_owned()),
        }));
        let wanted = Wanted {
            kind: SessionKind::Portal,
            subject: Subject::Role { role: role.record.id, session_name: user_name.to_owned() },
            account: role.record.account,
            arn: format!(
                "arn:aws:sts::{}:assumed-role/{}/{user_name}",
                role.record.account, role.record.name
            ),
            duration_s: 3600,
            passed: Passed::default(),
            source_identity: None,
            mfa_at: None,
        };
        self.issued(&snapshot, &caller, |_| wanted).await
    }

    /// A session of what a person has under this name of a permission set, as the access portal gives it.
    ///
    /// # Errors
    /// Those of issuing.
    pub async fn signed_in(&self, id: &str, account: AccountId, set: &str) -> Result<Creds, ApiError> {
        let snapshot = self.service.snapshot();
        let user = snapshot.directory.user(id).unwrap();
        let access = access::named(&snapshot, id, account, set).unwrap();
        let instance = snapshot.identity_center.instance().unwrap();
        let caller = Caller::vouched(&Arc::new(access::vouched(instance, user, "a-sign-in")));
        self.issued(&snapshot, &caller, |ask| access::wanted(ask, user, &access)).await
    }

    async fn issued(
        &self,
        snapshot: &Arc<Snapshot>,
        caller: &Caller,
        wanted: impl FnOnce(&Ask<'_>) -> Wanted,
    ) -> Result<Creds, ApiError> {
        let service = &self.service;
        let (facts, loaded, input) = (facts(), Loaded::default(), Value::structure());
        let ask = Ask {
            service,
            snapshot,
            caller,
            input: &input,
            facts: &facts,
            claim: None,
            now: service.world.clock.now(),
            family: Family::Json,
            loaded: &loaded,
        };
        let mut draft = Draft::new();
        let issued = issue(&ask, wanted(&ask), &mut draft)?;
        service.commit(draft, snapshot.epoch, Vec::new()).await.unwrap();
        Ok(Creds::issued(&Value::structure().with("Credentials", issued.credentials)))
    }
}
