//! Devices and identity providers of the universe.

use portcullis_store::record::{MfaAssignment, MfaDeviceRecord, OidcProviderRecord, SamlProviderRecord};

use super::*;

impl Universe {
    pub(super) fn federated(&self, step: &Step) -> (Key, Vec<u8>) {
        match step.kind {
            Kind::MfaDevice => self.mfa_device(step),
            Kind::OidcProvider => self.oidc_provider(step),
            _ => self.saml_provider(step),
        }
    }

    fn mfa_device(&self, step: &Step) -> (Key, Vec<u8>) {
        let id = self.devices[usize::from(step.thing)];
        let place = Key::mfa_device(self.account, id);
        let owner = match step.links {
            0..4 => None,
            4..8 => Some(AccessKeyOwner::Root),
            links => Some(AccessKeyOwner::User(self.users[usize::from(links % THINGS)])),
        };
        let record = MfaDeviceRecord {
            id,
            account: self.account,
            name: NAMES[usize::from(step.name)].to_owned(),
            path: if step.flag { "/" } else { "/team/" }.to_owned(),
            created: Timestamp::EPOCH,
            tags: Tags::new(),
            sealed_seed: self.master.seal(&place.0, NAMES[usize::from(step.name)].as_bytes()),
            assigned: owner.map(|owner| MfaAssignment { owner, enabled: Timestamp::EPOCH, drift: 1 }),
        };
        (place, codec::to_bytes(&record))
    }

    fn oidc_provider(&self, step: &Step) -> (Key, Vec<u8>) {
        let record = OidcProviderRecord {
            id: self.issuers[usize::from(step.thing)],
            account: self.account,
            name: NAMES[usize::from(step.name)].to_owned(),
            created: Timestamp::EPOCH,
            tags: Tags::new(),
            client_ids: vec![step.links.to_string()],
            thumbprints: Vec::new(),
        };
        (Key::oidc_provider(self.account, record.id), codec::to_bytes(&record))
    }

    fn saml_provider(&self, step: &Step) -> (Key, Vec<u8>) {
        let record = SamlProviderRecord {
            id: self.providers[usize::from(step.thing)],
            account: self.account,
            name: NAMES[usize::from(step.name)].to_owned(),
            created: Timestamp::EPOCH,
            tags: Tags::new(),
            metadata: step.links.to_string(),
            valid_until_ms: step.flag.then_some(1),
            uuid: String::new(),
            encryption: None,
            private_keys: Vec::new(),
        };
        (Key::saml_provider(self.account, record.id), codec::to_bytes(&record))
    }
}

/// What anybody can see of them.
pub(super) fn seen(universe: &Universe, snapshot: &Snapshot) -> Vec<String> {
    let account = universe.account;
    let mut seen = Vec::new();
    for device in snapshot.mfa_devices.list(account, None) {
        let by_serial = snapshot.mfa_device(&device.arn).map(|held| held.record.id);
        let shown = (&device.record, device.record.assigned, by_serial);
        seen.push(format!("{} {shown:?} {}", device.arn, device.seed.expose_text()));
    }
    for owner in universe.users.iter().map(|id| Some(*id)).chain([None]) {
        let devices: Vec<_> =
            snapshot.mfa_devices_of(account, owner).iter().map(|device| device.record.id).collect();
        seen.push(format!("devices of {owner:?} {devices:?}"));
    }
    seen.extend(
        snapshot.oidc_providers.list(account, None).map(|held| format!("{} {:?}", held.arn, held.record)),
    );
    seen.extend(
        snapshot.saml_providers.list(account, None).map(|held| format!("{} {:?}", held.arn, held.record)),
    );
    seen
}
