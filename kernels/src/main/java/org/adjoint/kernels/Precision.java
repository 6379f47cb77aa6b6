package org.adjoint.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.adjoint.tensor.ArgumentException;

/**
 * What products and convolutions round their float32 operands to on the way in; products of these
 * are exact in float32, and sums stay float32. Everything else, weights among it, is float32
 * throughout, and float64 is never rounded. Mixed precision in the sense of Micikevicius et al.,
 * "Mixed Precision Training" (2018), as {@code torch.autocast} has it; bf16 has the range of
 * float32, so that losses need no scaling.
 */
public enum Precision {
  /** As they are: 24 significant bits. */
  FLOAT32(0),
  /** The tensor cores' tf32: 11 significant bits, to nearest, ties away from zero. */
  TF32(13),
  /** Brain floating point: 8 significant bits, to nearest, ties to even. */
  BF16(16);

  private final int dropped;

  Precision(int dropped) {
    this.dropped = dropped;
  }

  /**
   * Returns the precision of a name: {@code float32}, {@code tf32} or {@code bf16}.
   *
   * @throws ArgumentException if there is none
   */
  public static Precision named(String name) {
    for (Precision p : values()) {
      if (p.label().equals(name)) {
        return p;
      }
    }
    throw new ArgumentException("precision", "name", name, "known are " + labels());
  }

  /** Returns all names, with commas between. */
  public static String labels() {
    return Arrays.stream(values()).map(Precision::label).collect(Collectors.joining(", "));
  }

  /** Returns the name: {@code bf16}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns how many of the lowest bits of a float32 are dropped. */
  public int dropped() {
    return dropped;
  }

  /** Returns whether ties go to the even neighbour, else away from zero. */
  public boolean tiesToEven() {
    return this == BF16;
  }

  /** Returns the nearest number of this precision; infinities and NaN stay what they are. */
  public float round(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (this == FLOAT32 || (bits & 0x7F800000) == 0x7F800000) {
      return x;
    }
    int even = tiesToEven() ? 1 : 0;
    int half = (1 << dropped - 1) - even;
    return Float.intBitsToFloat(bits + half + (bits >>> dropped & even) & -(1 << dropped));
  }
}
