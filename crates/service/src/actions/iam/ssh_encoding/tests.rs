use super::*;

/// Made by `ssh-keygen -t rsa -b 2048`, and shown by its `-l -E md5`, `-e -m PKCS8` and `-e -m PEM`.
const SSH: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCm6tSFWD3DIYQuNVSBvMAFdu43vLp79tP1tdSWG0Dh10EPtzn2+h4UxF9lARtkEq3cUDCDqwlf6HkctFGiqkk7lna9v5IHcYcIpydhHLzgbU+tphrFMAjJtttvqlY3EfoSlvoVyHlRD6AF/UxTLG1k36ORvuvhZdnkXOo/mAIoDsThhnYek0i1QV+S+IZ9eo9kt/CANdoorlEOgt3qQt72lDTZhigjp4jwdrgQLbWEKtj6SivU7knWYVwLqThvG80eGEUZhgRW7apY9n9vAdMlA2KsfQnpun3swNszO2/cTgP5jNuYoYAs10bV6IiGtXgu4HWoPqQf2mIHbhr3EnuZ somebody@example";
const FINGERPRINT: &str = "64:69:c5:ed:d4:c8:1f:33:73:1c:5e:93:a3:cd:37:57";
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApurUhVg9wyGELjVUgbzA\nBXbuN7y6e/bT9bXUlhtA4ddBD7c59voeFMRfZQEbZBKt3FAwg6sJX+h5HLRRoqpJ\nO5Z2vb+SB3GHCKcnYRy84G1PraYaxTAIybbbb6pWNxH6Epb6Fch5UQ+gBf1MUyxt\nZN+jkb7r4WXZ5FzqP5gCKA7E4YZ2HpNItUFfkviGfXqPZLfwgDXaKK5RDoLd6kLe\n9pQ02YYoI6eI8Ha4EC21hCrY+kor1O5J1mFcC6k4bxvNHhhFGYYEVu2qWPZ/bwHT\nJQNirH0J6bp97MDbMztv3E4D+YzbmKGALNdG1eiIhrV4LuB1qD6kH9piB24a9xJ7\nmQIDAQAB\n-----END PUBLIC KEY-----\n";
const PEM_RSA: &str = "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEApurUhVg9wyGELjVUgbzABXbuN7y6e/bT9bXUlhtA4ddBD7c59voe\nFMRfZQEbZBKt3FAwg6sJX+h5HLRRoqpJO5Z2vb+SB3GHCKcnYRy84G1PraYaxTAI\nybbbb6pWNxH6Epb6Fch5UQ+gBf1MUyxtZN+jkb7r4WXZ5FzqP5gCKA7E4YZ2HpNI\ntUFfkviGfXqPZLfwgDXaKK5RDoLd6kLe9pQ02YYoI6eI8Ha4EC21hCrY+kor1O5J\n1mFcC6k4bxvNHhhFGYYEVu2qWPZ/bwHTJQNirH0J6bp97MDbMztv3E4D+YzbmKGA\nLNdG1eiIhrV4LuB1qD6kH9piB24a9xJ7mQIDAQAB\n-----END RSA PUBLIC KEY-----\n";
const SSH_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC6uJS/1GGErL6R09Cmqr4STyzDY0UpHo2P0m6kXZDtbAzSqoacp6caA2MhDRK/2kxno/RSV1LLiHMmjTeNKehgm/BJRPR5XlSGbCQpoLH4Cm4+P02n4O2rZ7wBg8zG16r3nGePRTGMb0gjzvqCu2dtq9WZdwsvi8D4+4bg/ErPWw== x";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDISJpWq78QtKP4UnGPhCE0CXPSwVRy2lZBGh61oftz";

#[test]
fn every_form_is_of_the_one_key() {
    let key = SshPublicKey::parse(SSH).unwrap();
    assert_eq!(key.fingerprint(), FINGERPRINT);
    assert_eq!(SSH.strip_suffix(" somebody@example").unwrap(), key.ssh());
    assert_eq!(key.pem(), PEM);
    for text in [PEM, PEM_RSA, &format!("\n {SSH} \n"), &key.ssh(), &key.pem()] {
        assert_eq!(SshPublicKey::parse(text).unwrap(), key, "{text}");
    }
    assert_eq!(SshPublicKey::from_blob(&key.blob()).unwrap(), key);
}

#[test]
fn what_is_in_no_known_form_is_unrecognized() {
    let certificate = PEM.replace("PUBLIC KEY", "CERTIFICATE");
    for text in ["", "key", "ssh-rsaAAAA", ED25519, &certificate] {
        assert_eq!(SshPublicKey::parse(text), Err(NotAKey::Unrecognized), "{text}");
    }
}

#[test]
fn what_is_malformed_or_weak_is_invalid() {
    let blob = SshPublicKey::parse(SSH).unwrap().blob();
    let ssh = |blob: &[u8]| format!("ssh-rsa {}", STANDARD.encode(blob));
    let even: Vec<u8> = [&blob[..blob.len() - 1], &[blob[blob.len() - 1] & 0xfe]].concat();
    let texts = [
        "ssh-rsa ".to_owned() + "!",
        "ssh-rsa\t\u{e9}".to_owned(),
        ssh(&blob[..blob.len() - 1]),
        ssh(&[&blob, &[0][..]].concat()),
        ssh(&even),
        ssh(&blob.iter().map(|byte| byte ^ 0x80).collect::<Vec<_>>()),
        SSH_1024.to_owned(),
        PEM.replace("END PUBLIC", "END RSA PUBLIC"),
        PEM.replace("MIIB", "MIIC"),
        PEM_RSA.replace("RSA PUBLIC KEY", "PUBLIC KEY"),
    ];
    for text in texts {
        assert_eq!(SshPublicKey::parse(&text), Err(NotAKey::Invalid), "{text}");
    }
}

#[test]
fn no_cut_of_a_key_is_a_key() {
    let info =
        STANDARD.decode(PEM.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    assert!(of_info(&info).is_some());
    for end in 0..info.len() {
        assert!(of_info(&info[..end]).is_none(), "{end}");
    }
}
