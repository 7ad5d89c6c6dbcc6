//! TLS to the server, by rustls.

use super::address::{Roots, Trust};
use crate::error::OpenFault;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes TLS connections that trust so far.
pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, OpenFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenFault::Certificates { cause: error.to_string() })?;
    let config = match trust {
        Trust::Anything => builder.dangerous().with_custom_certificate_verifier(Anything::new(&provider)),
        Trust::Authority(roots) => {
            builder.dangerous().with_custom_certificate_verifier(Authority::new(roots, &provider)?)
        }
        Trust::Name(roots) => builder.with_root_certificates(authorities(roots)?),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn authorities(roots: &Roots) -> Result<RootCertStore, OpenFault> {
    let mut store = RootCertStore::empty();
    match roots {
        // One bad file among the machine's many is not ours to complain of.
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Roots::File(file) => {
            for certificate in read(file)? {
                store.add(certificate).map_err(|error| bad(file, &error))?;
            }
        }
    }
    if store.is_empty() {
        return Err(OpenFault::Certificates { cause: "there is no certificate of an authority".to_owned() });
    }
    Ok(store)
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, OpenFault> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(file, &error))
}

fn bad(file: &Path, error: &dyn std::fmt::Display) -> OpenFault {
    OpenFault::Certificates { cause: format!("{}: {error}", file.display()) }
}

/// Believes any certificate: against those who listen, not against those who interfere.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl Anything {
    fn new(provider: &Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self(Arc::clone(provider)))
    }
}

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Believes what an authority signed, whatever name is in it.
#[derive(Debug)]
struct Authority(Arc<WebPkiServerVerifier>);

impl Authority {
    fn new(roots: &Roots, provider: &Arc<CryptoProvider>) -> Result<Arc<Self>, OpenFault> {
        let roots = Arc::new(authorities(roots)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
        let verifier = verifier.map_err(|error| OpenFault::Certificates { cause: error.to_string() })?;
        Ok(Arc::new(Self(verifier)))
    }
}

impl ServerCertVerifier for Authority {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        match self.0.verify_server_cert(certificate, between, name, ocsp, now) {
            // The name is the last thing to be looked at.
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
