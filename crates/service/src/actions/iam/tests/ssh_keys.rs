//! SSH public keys of users.

use super::*;

/// A 2048-bit key made by `ssh-keygen`.
const KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCm6tSFWD3DIYQuNVSBvMAFdu43vLp79tP1tdSWG0Dh10EPtzn2+h4UxF9lARtkEq3cUDCDqwlf6HkctFGiqkk7lna9v5IHcYcIpydhHLzgbU+tphrFMAjJtttvqlY3EfoSlvoVyHlRD6AF/UxTLG1k36ORvuvhZdnkXOo/mAIoDsThhnYek0i1QV+S+IZ9eo9kt/CANdoorlEOgt3qQt72lDTZhigjp4jwdrgQLbWEKtj6SivU7knWYVwLqThvG80eGEUZhgRW7apY9n9vAdMlA2KsfQnpun3swNszO2/cTgP5jNuYoYAs10bV6IiGtXgu4HWoPqQf2mIHbhr3EnuZ somebody@example";
const FINGERPRINT: &str = "64:69:c5:ed:d4:c8:1f:33:73:1c:5e:93:a3:cd:37:57";
const USER: (&str, &str) = ("UserName", "u");

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.member("SSHPublicKey").unwrap().text(name).unwrap()
}

#[tokio::test]
async fn a_key_is_kept_shown_in_both_forms_switched_and_deleted() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    let made = done(&ground, "UploadSSHPublicKey", &[USER, ("SSHPublicKeyBody", KEY)]).await;
    let id = text(&made, "SSHPublicKeyId").to_owned();
    assert!(id.starts_with("APKA"));
    assert_eq!((text(&made, "Fingerprint"), text(&made, "Status")), (FINGERPRINT, "Active"));
    let one = [("UserName", "U"), ("SSHPublicKeyId", id.as_str())];
    let get = |encoding: &'static str| {
        let input = of(&one).with("Encoding", encoding);
        async { call(&ground, &ground.root, "GetSSHPublicKey", input).await }
    };
    assert_eq!(text(&get("SSH").await.unwrap(), "SSHPublicKeyBody"), KEY.rsplit_once(' ').unwrap().0);
    let pem = get("PEM").await.unwrap();
    let pem = text(&pem, "SSHPublicKeyBody");
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"));
    let duplicate = refused(&ground, "UploadSSHPublicKey", &[USER, ("SSHPublicKeyBody", pem)]).await;
    assert_eq!((duplicate.0.as_str(), duplicate.1), ("DuplicateSSHPublicKey", 400));
    assert_eq!(get("DER").await.unwrap_err().code, "ValidationError");
    let update = |status: &str| of(&one).with("Status", status);
    call(&ground, &ground.root, "UpdateSSHPublicKey", update("Inactive")).await.unwrap();
    let expired = refused_untouched(&ground, &ground.root, "UpdateSSHPublicKey", update("Expired")).await;
    assert_eq!(expired.code, "InvalidInput");
    let listed = done(&ground, "ListSSHPublicKeys", &[USER]).await;
    let listed = listed.list("SSHPublicKeys").first().unwrap();
    assert_eq!((listed.text("SSHPublicKeyId"), listed.text("Status")), (Some(id.as_str()), Some("Inactive")));
    let conflict = error("DeleteConflict", 409, "Cannot delete entity, must delete SSH public keys first.");
    assert_eq!(refused(&ground, "DeleteUser", &[USER]).await, conflict);
    done(&ground, "DeleteSSHPublicKey", &one).await;
    assert_eq!(get("SSH").await.unwrap_err().code, "NoSuchEntity");
    assert!(done(&ground, "ListSSHPublicKeys", &[USER]).await.list("SSHPublicKeys").is_empty());
    done(&ground, "DeleteUser", &[USER]).await;
}

#[tokio::test]
async fn what_is_no_acceptable_key_is_refused_and_not_kept() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    let cases = [
        ("ssh-rsa AAAA", "InvalidPublicKey"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "InvalidPublicKey"),
        ("ssh-ed25519 AAAA", "UnrecognizedPublicKeyEncoding"),
        ("hello", "UnrecognizedPublicKeyEncoding"),
    ];
    for (body, code) in cases {
        let input = of(&[USER, ("SSHPublicKeyBody", body)]);
        let error = refused_untouched(&ground, &ground.root, "UploadSSHPublicKey", input).await;
        assert_eq!((&*error.code, error.status), (code, 400), "{body}");
    }
    let absent = of(&[("UserName", "v"), ("SSHPublicKeyBody", KEY)]);
    let error = refused_untouched(&ground, &ground.root, "UploadSSHPublicKey", absent).await;
    assert_eq!(error.code, "NoSuchEntity");
}

#[tokio::test]
async fn a_key_is_found_for_its_own_user_only_and_there_are_five() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    done(&ground, "CreateUser", &[("UserName", "v")]).await;
    let blob = super::super::ssh_encoding::SshPublicKey::parse(KEY).unwrap().blob();
    let mut ids = Vec::new();
    for number in 0..5_u8 {
        // Other keys of the same size: the last bytes but one are free.
        let mut other = blob.clone();
        let place = other.len() - 2;
        other[place] = other[place].wrapping_add(number);
        let body = super::super::ssh_encoding::SshPublicKey::from_blob(&other).unwrap().ssh();
        let made = done(&ground, "UploadSSHPublicKey", &[USER, ("SSHPublicKeyBody", &body)]).await;
        ids.push(text(&made, "SSHPublicKeyId").to_owned());
    }
    let mut sixth = blob.clone();
    sixth[blob.len() - 2] = sixth[blob.len() - 2].wrapping_add(5);
    let body = super::super::ssh_encoding::SshPublicKey::from_blob(&sixth).unwrap().ssh();
    let over = refused(&ground, "UploadSSHPublicKey", &[USER, ("SSHPublicKeyBody", &body)]).await;
    assert_eq!(over, error("LimitExceeded", 409, "Cannot exceed quota for SSHPublicKeysPerUser: 5"));
    done(&ground, "UploadSSHPublicKey", &[("UserName", "v"), ("SSHPublicKeyBody", &body)]).await;
    for (action, more) in [
        ("GetSSHPublicKey", ("Encoding", "SSH")),
        ("UpdateSSHPublicKey", ("Status", "Inactive")),
        ("DeleteSSHPublicKey", USER),
    ] {
        let input = of(&[("SSHPublicKeyId", &ids[0]), more]).with("UserName", "v");
        let error = refused_untouched(&ground, &ground.root, action, input).await;
        assert_eq!(error.code, "NoSuchEntity", "{action}");
    }
    let page =
        call(&ground, &ground.root, "ListSSHPublicKeys", of(&[USER]).with("MaxItems", 3_u32)).await.unwrap();
    assert_eq!((page.list("SSHPublicKeys").len(), page.bool("IsTruncated")), (3, Some(true)));
    let rest = of(&[USER, ("Marker", page.text("Marker").unwrap())]);
    let rest = call(&ground, &ground.root, "ListSSHPublicKeys", rest).await.unwrap();
    assert_eq!(rest.list("SSHPublicKeys").len(), 2);
}
