package org.adjoint.layers.optim;

import org.adjoint.tensor.ArgumentException;

/**
 * Schedules by name, each as PyTorch's scheduler of that name gives rates after so many calls of
 * its {@code step}, divided by the base rate. They count in steps; {@link Schedule#every} stretches
 * one to epochs.
 */
public final class Schedules {
  private Schedules() {}

  /** Returns γ^⌊t/size⌋. */
  public static Schedule step(long size, double gamma) {
    positive("size", size);
    return (t, total) -> Math.pow(gamma, t / size);
  }

  /** Returns γ to the power of how many of the milestones t has reached. */
  public static Schedule multiStep(double gamma, long... milestones) {
    long[] at = milestones.clone();
    return (t, total) -> {
      int reached = 0;
      for (long m : at) {
        reached += t >= m ? 1 : 0;
      }
      return Math.pow(gamma, reached);
    };
  }

  /** Returns γᵗ. */
  public static Schedule exponential(double gamma) {
    return (t, total) -> Math.pow(gamma, t);
  }

  /** Returns {@code factor} for the first steps, then 1. */
  public static Schedule constant(double factor, long steps) {
    return (t, total) -> t < steps ? factor : 1;
  }

  /** Returns a straight line from {@code start} at step 0 to {@code end} at {@code steps}. */
  public static Schedule linear(double start, double end, long steps) {
    positive("steps", steps);
    return (t, total) -> start + (end - start) * Math.min(t, steps) / steps;
  }

  /** Returns (1 − t/steps)^power, 0 from then on. */
  public static Schedule polynomial(long steps, double power) {
    positive("steps", steps);
    return (t, total) -> Math.pow(1 - (double) Math.min(t, steps) / steps, power);
  }

  /**
   * Returns a cosine wave (Loshchilov and Hutter, 2017): floor + (1 − floor)·(1 + cos(π·t/half))/2.
   *
   * @param half half a period: the steps from 1 down to the floor
   * @param floor the lowest factor
   */
  public static Schedule cosine(long half, double floor) {
    positive("half", half);
    return (t, total) -> floor + (1 - floor) * wave((double) t / half);
  }

  /**
   * Returns cosines from 1 down to the floor that start again, each longer than the last
   * (Loshchilov and Hutter, 2017).
   *
   * @param first the steps of the first
   * @param multiplier how much longer each is than the one before, at least 1
   */
  public static Schedule cosineRestarts(long first, int multiplier, double floor) {
    positive("first", first);
    positive("multiplier", multiplier);
    return (t, total) -> {
      long length = first;
      long at = t;
      if (multiplier == 1) {
        at = t % first;
      }
      while (at >= length) {
        at -= length;
        length *= multiplier;
      }
      return floor + (1 - floor) * wave((double) at / length);
    };
  }

  /** Half a cosine wave, from 1 at 0 to 0 at 1. */
  private static double wave(double x) {
    return 0.5 * (1 + StrictMath.cos(Math.PI * x));
  }

  /**
   * Returns one cycle (Smith and Topin, 2018) as a factor of its highest rate: from 1/{@code
   * divider} up to 1, then down to 1/({@code divider}·{@code finalDivider}), in half cosines, or in
   * straight lines.
   *
   * @param steps of the cycle
   * @param rising the share of steps in which it rises, in (0, 1); PyTorch has 0.3
   * @param divider PyTorch has 25
   * @param finalDivider PyTorch has 1e4
   */
  public static Schedule oneCycle(
      long steps, double rising, double divider, double finalDivider, boolean straight) {
    return cycle(steps, rising, 1 / divider, 1, 1 / divider / finalDivider, straight);
  }

  /**
   * Returns the momentum, itself and no factor of it, that goes with {@link #oneCycle}: from {@code
   * high} down to {@code low} while the learning rate rises, then up again.
   *
   * @param steps of the cycle
   * @param rising the share of steps in which the learning rate rises, in (0, 1)
   * @param low PyTorch has 0.85
   * @param high PyTorch has 0.95
   */
  public static Schedule oneCycleMomentum(
      long steps, double rising, double low, double high, boolean straight) {
    return cycle(steps, rising, high, low, high, straight);
  }

  private static Schedule cycle(
      long steps, double rising, double from, double middle, double to, boolean straight) {
    positive("steps", steps);
    if (!(rising > 0 && rising < 1)) {
      throw new ArgumentException("schedule", "rising", rising, "it must be between 0 and 1");
    }
    double top = rising * steps - 1;
    return (t, total) -> {
      long at = Math.min(t, steps - 1);
      return at < top
          ? between(from, middle, at / top, straight)
          : between(middle, to, (at - top) / (steps - 1 - top), straight);
    };
  }

  private static double between(double from, double to, double share, boolean straight) {
    return straight ? from + (to - from) * share : to + (from - to) * wave(share);
  }

  /** How the peaks of {@link #cyclic} change. */
  public enum Peaks {
    /** All are alike. */
    EQUAL,
    /** Each is half as high above 1 as the one before. */
    HALVED,
    /** They fall by γᵗ. */
    EXPONENTIAL
  }

  /**
   * Returns triangles between 1 and a peak (Smith, 2017).
   *
   * @param peak the highest factor
   * @param up the steps of a rise
   * @param down the steps of a fall
   * @param gamma γ, for exponential peaks
   */
  public static Schedule cyclic(double peak, long up, long down, Peaks peaks, double gamma) {
    Schedule triangles = triangles(up, down, peaks, gamma);
    return (t, total) -> 1 + (peak - 1) * triangles.factor(t, total);
  }

  /**
   * Returns the momentum, itself and no factor of it, that goes with {@link #cyclic}: it falls from
   * {@code high} to {@code low} while the learning rate rises, and rises while that falls.
   *
   * @param low PyTorch has 0.8
   * @param high PyTorch has 0.9
   * @param up the steps of a rise of the learning rate
   * @param down the steps of a fall
   * @param gamma γ, for exponential peaks
   */
  public static Schedule cyclicMomentum(
      double low, double high, long up, long down, Peaks peaks, double gamma) {
    Schedule triangles = triangles(up, down, peaks, gamma);
    return (t, total) -> high - (high - low) * triangles.factor(t, total);
  }

  /** Triangles from 0 to 1, or to what the peaks have become. */
  private static Schedule triangles(long up, long down, Peaks peaks, double gamma) {
    positive("up", up);
    positive("down", down);
    return (t, total) -> {
      long cycle = t / (up + down);
      long at = t % (up + down);
      double height = at <= up ? (double) at / up : 1 - (double) (at - up) / down;
      double factor =
          switch (peaks) {
            case EQUAL -> 1;
            case HALVED -> Math.pow(0.5, cycle);
            case EXPONENTIAL -> Math.pow(gamma, t);
          };
      return height * factor;
    };
  }

  private static void positive(String name, long value) {
    if (value < 1) {
      throw new ArgumentException("schedule", name, value, "it must be at least 1");
    }
  }
}
