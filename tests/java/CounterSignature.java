// CounterSignature SIGNATURE …: a second opinion on counter-signatures (RFC 5652 11.4) by Bouncy Castle, without any of congvan's code. Finds those of every
// signer, those over them too, checks each against the value it is over with the certificate inside, and prints "SIGNATURE: N right". Exit 1 when one is wrong
// or there is none. Run by the Java launcher from source.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.Store;

public class CounterSignature {
    static int count;

    static boolean right(SignerInformation counter, Store<X509CertificateHolder> certs) throws Exception {
        Collection<X509CertificateHolder> found = certs.getMatches(counter.getSID());
        if (found.isEmpty())
            return false;
        try {
            return counter.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(new BouncyCastleProvider()).build(found.iterator().next()));
        } catch (CMSException e) {
            System.out.println(e.getMessage());
            return false;
        }
    }

    static boolean all(SignerInformation of, Store<X509CertificateHolder> certs) throws Exception {
        boolean good = true;
        for (SignerInformation counter : of.getCounterSignatures().getSigners()) {
            count++;
            good &= counter.isCounterSignature() && right(counter, certs);
            good &= all(counter, certs);
        }
        return good;
    }

    public static void main(String[] args) throws Exception {
        boolean good = true;
        for (String file : args) {
            CMSSignedData data = new CMSSignedData(Files.readAllBytes(Path.of(file)));
            count = 0;
            for (SignerInformation signer : data.getSignerInfos().getSigners())
                good &= all(signer, data.getCertificates());
            System.out.println(file + ": " + count + (good ? " right" : " not all right"));
            good &= count > 0;
        }
        System.exit(good ? 0 : 1);
    }
}
