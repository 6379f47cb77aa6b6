package org.adjoint.autograd.check;

import java.util.Arrays;

/**
 * A recipe for the elements of an operand: a function of a seed alone, the same on every machine
 * and in every version. All numbers are exactly representable in float32, so that float32 and
 * float64 runs see the same operand.
 */
@FunctionalInterface
public interface Values {
  /** Returns {@code count} numbers. */
  double[] draw(long seed, int count);

  /**
   * Returns number {@code i} of the stream {@code seed}, uniform in [0, 1): the finaliser of
   * SplitMix64 (Steele, Lea and Flood, 2014).
   */
  static double unit(long seed, int i) {
    return (bits(seed, i) >>> 11) * 0x1p-53;
  }

  private static long bits(long seed, int i) {
    long z = seed + (i + 1L) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform numbers in [low, high]. */
  static Values between(double low, double high) {
    return (seed, count) -> {
      double[] v = new double[count];
      Arrays.setAll(v, i -> (float) (low + (high - low) * unit(seed, i)));
      return v;
    };
  }

  /**
   * Uniform numbers in [low, high] at least {@code gap} away from each kink: those that fall nearer
   * are moved to the other side of the gap, towards the middle of the range.
   */
  static Values avoiding(double gap, double low, double high, double... kinks) {
    return (seed, count) -> {
      double[] v = between(low, high).draw(seed, count);
      for (int i = 0; i < count; i++) {
        for (double kink : kinks) {
          if (Math.abs(v[i] - kink) < gap) {
            boolean up = kink < (low + high) / 2 || (kink == (low + high) / 2 && v[i] >= kink);
            v[i] =
                (float)
                    (up ? kink + gap * (1 + unit(~seed, i)) : kink - gap * (1 + unit(~seed, i)));
          }
        }
      }
      return v;
    };
  }

  /** Different numbers in [low, high], their distance at least half of (high − low) / count. */
  static Values distinct(double low, double high) {
    return (seed, count) -> {
      int[] order = shuffled(seed, count);
      double[] v = new double[count];
      Arrays.setAll(
          v, i -> (float) (low + (high - low) * (order[i] + 0.25 + unit(seed, i) / 2) / count));
      return v;
    };
  }

  private static int[] shuffled(long seed, int count) {
    int[] order = new int[count];
    Arrays.setAll(order, i -> i);
    for (int i = count - 1; i > 0; i--) {
      int j = (int) (unit(~seed, i) * (i + 1));
      int t = order[i];
      order[i] = order[j];
      order[j] = t;
    }
    return order;
  }

  /**
   * Numbers in the even (parity 0) or odd (parity 1) ones of 64 cells that cut [low, high]: two
   * operands of different parity are never nearer to each other than half a cell.
   */
  static Values cells(int parity, double low, double high) {
    double width = (high - low) / 64;
    return (seed, count) -> {
      double[] v = new double[count];
      Arrays.setAll(
          v,
          i -> {
            int cell = 2 * (int) (unit(~seed, i) * 32) + parity;
            return (float) (low + width * (cell + 0.25 + unit(seed, i) / 2));
          });
      return v;
    };
  }

  /** Numbers in [−3, 3] at least 0.1 away from every integer and from every half. */
  static Values offGrid() {
    return (seed, count) -> {
      double[] v = new double[count];
      Arrays.setAll(
          v,
          i -> {
            int half = (int) (unit(~seed, i) * 12) - 6;
            return (float) (half / 2.0 + 0.1 + 0.3 * unit(seed, i));
          });
      return v;
    };
  }

  /** Integers from {@code low} to {@code high}, both included. */
  static Values integers(int low, int high) {
    return (seed, count) -> {
      double[] v = new double[count];
      Arrays.setAll(v, i -> low + (int) (unit(seed, i) * (high - low + 1)));
      return v;
    };
  }

  /** As {@code base}, with zeros at the positions {@code first}, {@code first + every}, …. */
  static Values zeroed(Values base, int first, int every) {
    return (seed, count) -> {
      double[] v = base.draw(seed, count);
      for (int i = first; i < count; i += every) {
        v[i] = 0;
      }
      return v;
    };
  }

  /** These numbers, again and again. */
  static Values listed(double... numbers) {
    double[] list = numbers.clone();
    return (seed, count) -> {
      double[] v = new double[count];
      Arrays.setAll(v, i -> list[i % list.length]);
      return v;
    };
  }
}
