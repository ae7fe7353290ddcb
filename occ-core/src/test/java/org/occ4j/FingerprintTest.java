/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FingerprintTest {
  private static final Fingerprint ABC = Fingerprint.of("abc".getBytes(UTF_8));

  @Test
  void of_bytes_isTheirSha256() {
    // The example of FIPS 180-4.
    assertThat(ABC)
        .isEqualTo(
            new Fingerprint(
                "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assertThat(ABC.text()).isEqualTo("sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  }

  @Test
  void parse_whatTextWrote_isTheSame() {
    Fingerprint shortest = new Fingerprint("md5", "0a".repeat(16));
    for (Fingerprint fingerprint : new Fingerprint[] {ABC, shortest, Fingerprint.none()}) {
      assertThat(Fingerprint.parse(fingerprint.text())).isEqualTo(fingerprint);
    }
    assertThat(Fingerprint.parse(ABC.hex())).isEqualTo(ABC);
  }

  @Test
  void parse_anythingElse_isRefused() {
    for (String text :
        new String[] {"sha256", ":AAAA", "sha256:", "sha256:AAAA", "sha256:*", ABC.hex() + "00"}) {
      assertThatIllegalArgumentException().as(text).isThrownBy(() -> Fingerprint.parse(text));
    }
  }

  @Test
  void parts_outOfRange_areRefused() {
    for (String algorithm : new String[] {"", "SHA256", "a:b", "x".repeat(21)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Fingerprint(algorithm, ABC.hex()))
          .withMessageContaining("algorithm");
    }
    for (String hex : new String[] {"", "0a".repeat(15), "0a".repeat(33), "0A".repeat(32)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Fingerprint("sha256", hex))
          .withMessageContaining("hexadecimal");
    }
  }

  @Test
  void matches_anotherAlgorithm_isRefused() {
    Fingerprint sameDigest = new Fingerprint("blake3", ABC.hex());
    assertThatThrownBy(() -> ABC.matches(sameDigest))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("sha256")
        .hasMessageContaining("blake3");
    assertThat(sameDigest.matches(Fingerprint.none())).isTrue();
    assertThat(Fingerprint.none().matches(sameDigest)).isTrue();
    assertThat(ABC.matches(Fingerprint.of("abd".getBytes(UTF_8)))).isFalse();
  }

  @Test
  void about_anotherKey_doesNotMatch() {
    for (Fingerprint payload : new Fingerprint[] {ABC, Fingerprint.none()}) {
      Fingerprint about = payload.about("task", "42");
      assertThat(about.matches(payload.about("task", "42"))).isTrue();
      assertThat(about.matches(payload.about("task", "43"))).isFalse();
      assertThat(about.matches(payload.about("tas", "k42"))).isFalse();
      assertThat(Fingerprint.parse(about.text())).isEqualTo(about);
    }
  }

  @Test
  void about_noPayload_saysNothingOfOne() {
    Fingerprint ofKey = Fingerprint.none().about("task", "42");
    assertThat(ofKey.matches(ABC.about("task", "42"))).isTrue();
    assertThat(ABC.about("task", "42").matches(ofKey)).isTrue();
  }
}
