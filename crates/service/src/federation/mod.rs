//! Whose word about people from elsewhere is good, and what must hold before it is taken.

pub mod saml;
