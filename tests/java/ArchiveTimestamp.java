// ArchiveTimestamp SIGNATURE CONTENT …: a second opinion on archive-time-stamp-v3 (EN 319 122-1 5.5.3) by Bouncy Castle's classes, without any of
// congvan's code. For each pair of files (CONTENT "-": it is inside) it computes the imprint of every archive timestamp anew, checks every hash of
// its ats-hash-index-v3 against what is in the signature, and prints "SIGNATURE: N right". Exit 1 when one is wrong. Run by the Java launcher from source.
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.*;
import org.bouncycastle.asn1.cms.*;
import org.bouncycastle.asn1.tsp.TSTInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.util.encoders.Hex;

public class ArchiveTimestamp {
    static final ASN1ObjectIdentifier ARCHIVE_V3 = new ASN1ObjectIdentifier("0.4.0.1733.2.4");
    static final ASN1ObjectIdentifier INDEX_V3 = new ASN1ObjectIdentifier("0.4.0.19122.1.5");

    static byte[] der(ASN1Encodable e) throws Exception {
        return e.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    }

    static byte[] hash(AlgorithmIdentifier algorithm, byte[]... parts) throws Exception {
        MessageDigest md = MessageDigest.getInstance(algorithm.getAlgorithm().getId(), new org.bouncycastle.jce.provider.BouncyCastleProvider());
        for (byte[] p : parts)
            md.update(p);
        return md.digest();
    }

    static SignedData signedData(byte[] bytes) {
        return SignedData.getInstance(ContentInfo.getInstance(bytes).getContent());
    }

    static SignerInfo signer(SignedData data) {
        if (data.getSignerInfos().size() != 1)
            throw new IllegalArgumentException("not one signer");
        return SignerInfo.getInstance(data.getSignerInfos().getObjectAt(0));
    }

    static Set<String> hashes(AlgorithmIdentifier algorithm, ASN1Set elements) throws Exception {
        Set<String> all = new HashSet<>();
        for (int i = 0; elements != null && i < elements.size(); i++)
            all.add(Hex.toHexString(hash(algorithm, der(elements.getObjectAt(i)))));
        return all;
    }

    static Set<String> values(AlgorithmIdentifier algorithm, ASN1Set attributes) throws Exception {
        Set<String> all = new HashSet<>();
        for (int i = 0; attributes != null && i < attributes.size(); i++) {
            Attribute a = Attribute.getInstance(attributes.getObjectAt(i));
            for (int k = 0; k < a.getAttrValues().size(); k++)
                all.add(Hex.toHexString(hash(algorithm, der(a.getAttrType()), der(a.getAttrValues().getObjectAt(k)))));
        }
        return all;
    }

    static boolean covered(ASN1Encodable list, Set<String> present, String what, String file) {
        Enumeration<?> e = ASN1Sequence.getInstance(list).getObjects();
        while (e.hasMoreElements())
            if (!present.contains(Hex.toHexString(ASN1OctetString.getInstance(e.nextElement()).getOctets()))) {
                System.out.println(file + ": a hash of the index is that of no " + what);
                return false;
            }
        return true;
    }

    static ASN1Sequence index(SignerInfo tsa) {
        ASN1Set attributes = tsa.getUnauthenticatedAttributes();
        for (int i = 0; attributes != null && i < attributes.size(); i++) {
            Attribute a = Attribute.getInstance(attributes.getObjectAt(i));
            if (a.getAttrType().equals(INDEX_V3) && a.getAttrValues().size() == 1)
                return ASN1Sequence.getInstance(a.getAttrValues().getObjectAt(0));
        }
        throw new IllegalArgumentException("no ats-hash-index-v3");
    }

    static boolean right(String file, SignedData data, byte[] content, ASN1Encodable token) throws Exception {
        SignerInfo si = signer(data);
        SignedData stamp = SignedData.getInstance(ContentInfo.getInstance(token).getContent());
        TSTInfo info = TSTInfo.getInstance(ASN1OctetString.getInstance(stamp.getEncapContentInfo().getContent()).getOctets());
        AlgorithmIdentifier md = info.getMessageImprint().getHashAlgorithm();
        ASN1Sequence index = index(signer(stamp));
        AlgorithmIdentifier own = AlgorithmIdentifier.getInstance(index.getObjectAt(0));

        if (!own.getAlgorithm().equals(md.getAlgorithm()) || index.size() != 4) {
            System.out.println(file + ": the index is by another digest or has another form");
            return false;
        }
        if (!covered(index.getObjectAt(1), hashes(own, data.getCertificates()), "certificate", file) ||
            !covered(index.getObjectAt(2), hashes(own, data.getCRLs()), "revocation data", file) ||
            !covered(index.getObjectAt(3), values(own, si.getUnauthenticatedAttributes()), "unsigned attribute", file))
            return false;
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        fields.write(der(si.getVersion()));
        fields.write(der(si.getSID()));
        fields.write(der(si.getDigestAlgorithm()));
        fields.write(der(new DERTaggedObject(false, 0, si.getAuthenticatedAttributes())));
        fields.write(der(si.getDigestEncryptionAlgorithm()));
        fields.write(der(si.getEncryptedDigest()));
        byte[] imprint = hash(md, der(data.getEncapContentInfo().getContentType()), hash(md, content), fields.toByteArray(), der(index));
        if (!Arrays.equals(imprint, info.getMessageImprint().getHashedMessage())) {
            System.out.println(file + ": the imprint is another");
            return false;
        }
        return true;
    }

    public static void main(String[] args) throws Exception {
        boolean good = true;
        for (int i = 0; i + 1 < args.length; i += 2) {
            SignedData data = signedData(Files.readAllBytes(Path.of(args[i])));
            ASN1Encodable inside = data.getEncapContentInfo().getContent();
            byte[] content = args[i + 1].equals("-") ? ASN1OctetString.getInstance(inside).getOctets() : Files.readAllBytes(Path.of(args[i + 1]));
            ASN1Set attributes = signer(data).getUnauthenticatedAttributes();
            int count = 0;
            for (int k = 0; attributes != null && k < attributes.size(); k++) {
                Attribute a = Attribute.getInstance(attributes.getObjectAt(k));
                for (int v = 0; a.getAttrType().equals(ARCHIVE_V3) && v < a.getAttrValues().size(); v++) {
                    count++;
                    good &= right(args[i], data, content, a.getAttrValues().getObjectAt(v));
                }
            }
            System.out.println(args[i] + ": " + count + " right");
            good &= count > 0;
        }
        System.exit(good ? 0 : 1);
    }
}
