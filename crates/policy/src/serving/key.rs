//! Condition keys by number: the well-known ones are places in an array, those with a tag key behind the slash are
//! looked up among the tags, and only the rest is compared by name.

/// Names the well-known condition keys, each in lower case and in the order of the alphabet.
macro_rules! known {
    ($($name:ident = $text:literal;)*) => {
        #[derive(Clone, Copy)]
        #[repr(u8)]
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the constants of this name are numbered by it")]
        enum Place { $($name),* }

        impl Known {
            $(
                #[doc = concat!("`", $text, "`, in any case.")]
                pub const $name: Self = Self(Place::$name as u8);
            )*
        }

        /// The names in the order of their numbers.
        pub(super) const KNOWN: &[&str] = &[$($text),*];
    };
}

/// A condition key that every policy language of AWS knows, or that this product sets on many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known(
    // INVARIANT: a place in `KNOWN`.
    u8,
);

known! {
    CALLED_VIA = "aws:calledvia";
    CALLED_VIA_FIRST = "aws:calledviafirst";
    CALLED_VIA_LAST = "aws:calledvialast";
    CURRENT_TIME = "aws:currenttime";
    EPOCH_TIME = "aws:epochtime";
    FEDERATED_PROVIDER = "aws:federatedprovider";
    MULTI_FACTOR_AUTH_AGE = "aws:multifactorauthage";
    MULTI_FACTOR_AUTH_PRESENT = "aws:multifactorauthpresent";
    PRINCIPAL_ACCOUNT = "aws:principalaccount";
    PRINCIPAL_ARN = "aws:principalarn";
    PRINCIPAL_IS_AWS_SERVICE = "aws:principalisawsservice";
    PRINCIPAL_ORG_ID = "aws:principalorgid";
    PRINCIPAL_ORG_PATHS = "aws:principalorgpaths";
    PRINCIPAL_SERVICE_NAME = "aws:principalservicename";
    PRINCIPAL_SERVICE_NAMES_LIST = "aws:principalservicenameslist";
    PRINCIPAL_TYPE = "aws:principaltype";
    REFERER = "aws:referer";
    REQUESTED_REGION = "aws:requestedregion";
    RESOURCE_ACCOUNT = "aws:resourceaccount";
    RESOURCE_ORG_ID = "aws:resourceorgid";
    RESOURCE_ORG_PATHS = "aws:resourceorgpaths";
    SECURE_TRANSPORT = "aws:securetransport";
    SOURCE_ACCOUNT = "aws:sourceaccount";
    SOURCE_ARN = "aws:sourcearn";
    SOURCE_IDENTITY = "aws:sourceidentity";
    SOURCE_IP = "aws:sourceip";
    SOURCE_ORG_ID = "aws:sourceorgid";
    SOURCE_ORG_PATHS = "aws:sourceorgpaths";
    SOURCE_VPC = "aws:sourcevpc";
    SOURCE_VPCE = "aws:sourcevpce";
    TAG_KEYS = "aws:tagkeys";
    TOKEN_ISSUE_TIME = "aws:tokenissuetime";
    USER_AGENT = "aws:useragent";
    USER_ID = "aws:userid";
    USERNAME = "aws:username";
    VIA_AWS_SERVICE = "aws:viaawsservice";
    VPC_SOURCE_IP = "aws:vpcsourceip";
    PASSED_TO_SERVICE = "iam:passedtoservice";
    PERMISSIONS_BOUNDARY = "iam:permissionsboundary";
    POLICY_ARN = "iam:policyarn";
    IDENTITY_STORE_USER_ID = "identitystore:userid";
    S3_AUTH_TYPE = "s3:authtype";
    S3_DELIMITER = "s3:delimiter";
    S3_LOCATION_CONSTRAINT = "s3:locationconstraint";
    S3_MAX_KEYS = "s3:max-keys";
    S3_PREFIX = "s3:prefix";
    S3_RESOURCE_ACCOUNT = "s3:resourceaccount";
    S3_SIGNATURE_AGE = "s3:signatureage";
    S3_SIGNATURE_VERSION = "s3:signatureversion";
    S3_TLS_VERSION = "s3:tlsversion";
    S3_VERSION_ID = "s3:versionid";
    S3_ACL = "s3:x-amz-acl";
    S3_CONTENT_SHA256 = "s3:x-amz-content-sha256";
    S3_COPY_SOURCE = "s3:x-amz-copy-source";
    S3_METADATA_DIRECTIVE = "s3:x-amz-metadata-directive";
    S3_ENCRYPTION = "s3:x-amz-server-side-encryption";
    S3_STORAGE_CLASS = "s3:x-amz-storage-class";
    EXTERNAL_ID = "sts:externalid";
    ROLE_SESSION_NAME = "sts:rolesessionname";
    STS_SOURCE_IDENTITY = "sts:sourceidentity";
    TRANSITIVE_TAG_KEYS = "sts:transitivetagkeys";
}

impl Known {
    /// The key of this name, whatever its case.
    pub fn find(name: &str) -> Option<Self> {
        // Keys are ASCII, and so is whatever could fold to one but the Kelvin sign, which AWS does not take for a k.
        let order = |held: &&str| held.bytes().cmp(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        let place = KNOWN.binary_search_by(order).ok()?;
        u8::try_from(place).ok().map(Self)
    }

    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        KNOWN.get(self.place()).copied().unwrap_or_default()
    }

    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// A family of condition keys with a tag's key behind the slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagFamily {
    /// `aws:PrincipalTag/…`
    Principal,
    /// `aws:RequestTag/…`
    Request,
    /// `aws:ResourceTag/…`
    Resource,
}

impl TagFamily {
    /// Every family with its prefix in lower case.
    const ALL: [(Self, &'static str); 3] = [
        (Self::Principal, "aws:principaltag/"),
        (Self::Request, "aws:requesttag/"),
        (Self::Resource, "aws:resourcetag/"),
    ];

    pub(super) const COUNT: usize = Self::ALL.len();

    pub(super) fn place(self) -> usize {
        match self {
            Self::Principal => 0,
            Self::Request => 1,
            Self::Resource => 2,
        }
    }
}

/// A condition key as a compiled policy refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A well-known one.
    Known(Known),
    /// A tag: the family, and the tag's key in lower case behind the family's prefix.
    Tag(TagFamily, Box<str>),
    /// Any other, in lower case.
    Other(Box<str>),
}

impl Key {
    /// The key of this name, which is in lower case.
    pub(super) fn new(folded: &str) -> Self {
        if let Some(known) = Known::find(folded) {
            return Self::Known(known);
        }
        let family = TagFamily::ALL.into_iter().find(|(_, prefix)| folded.starts_with(prefix));
        match family {
            Some((family, _)) => Self::Tag(family, folded.into()),
            None => Self::Other(folded.into()),
        }
    }
}

/// The tag's key in the whole name of a key with one.
pub(super) fn tag_key(name: &str) -> &str {
    name.split_once('/').map_or("", |(_, key)| key)
}

/// Whether a name, of any case, folds to one in lower case.
pub(super) fn folds_to(name: &str, folded: &str) -> bool {
    // Beyond ASCII the fold of a text is more than that of its characters.
    if name.is_ascii() { name.eq_ignore_ascii_case(folded) } else { name.to_lowercase() == folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_finds_its_names() {
        assert!(KNOWN.is_sorted() && KNOWN.len() < 255);
        for (place, name) in KNOWN.iter().enumerate() {
            assert_eq!(*name, name.to_lowercase());
            assert_eq!(Known::find(&name.to_uppercase()).map(Known::place), Some(place), "{name}");
        }
        assert_eq!(Known::find("aws:UserId"), Some(Known::USER_ID));
        assert_eq!(Known::find("aws:user"), None);
    }

    #[test]
    fn tags_are_told_apart_from_their_families() {
        assert!(matches!(Key::new("aws:principaltag/team"), Key::Tag(TagFamily::Principal, _)));
        assert!(matches!(Key::new("s3:existingobjecttag/a"), Key::Other(_)));
        assert_eq!(tag_key("aws:principaltag/a/b"), "a/b");
        assert!(folds_to("Ärger", "ärger") && folds_to("TEAM", "team") && !folds_to("team", "teal"));
    }
}
