package org.adjoint.layers.optim;

import org.adjoint.tensor.Tensor;

/**
 * A line search for a step t along a direction d at which the loss f has fallen enough and its
 * slope is flat enough, the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization,
 * 2006, algorithms 3.5 and 3.6): f(t) ≤ f(0) + c₁·t·f′(0) and |f′(t)| ≤ c₂·|f′(0)|. Steps are
 * guessed by cubic interpolation, with the safeguards of minFunc (Schmidt, 2005), which PyTorch
 * has, too.
 */
final class StrongWolfe {
  private static final double ENOUGH = 1e-4;
  private static final double FLAT = 0.9;

  /**
   * A point on the line.
   *
   * @param t how far along the direction
   * @param loss f(t)
   * @param gradient there, of all parameters
   * @param slope f′(t), the product of gradient and direction
   */
  record Point(double t, double loss, Tensor gradient, double slope) {}

  /** Computes a point. */
  @FunctionalInterface
  interface Line {
    /** Returns the point at t. */
    Point at(double t);
  }

  private final Line line;
  private final Point start;
  private final double longest;
  private final double tolerance;
  private final int most;
  private int evaluations;

  /** Two points with the step in between; one alone is the result. */
  private Point left;

  private Point right;

  /**
   * Creates a search.
   *
   * @param start the point at 0
   * @param longest the largest element of the direction, without sign
   * @param tolerance a bracket whose points differ by less is not cut any more
   * @param most how many points are tried after the first
   */
  StrongWolfe(Line line, Point start, double longest, double tolerance, int most) {
    this.line = line;
    this.start = start;
    this.longest = longest;
    this.tolerance = tolerance;
    this.most = most;
    this.left = start;
    this.right = start;
  }

  /** Returns how many points were computed. */
  int evaluations() {
    return evaluations;
  }

  private Point compute(double t) {
    evaluations++;
    return line.at(t);
  }

  /** Returns the point that was found, beginning with a step of t. */
  Point search(double t) {
    Point before = start;
    Point now = compute(t);
    int tries = 0;
    while (tries < most) {
      if (isTooHigh(now)
          || tries > 1 && now.loss >= before.loss
          || now.slope >= 0 && !isFlat(now)) {
        return zoom(before, now, tries);
      }
      if (isFlat(now)) {
        return now;
      }
      double least = now.t + 0.01 * (now.t - before.t);
      double next = interpolate(before, now, least, now.t * 10);
      before = now;
      now = compute(next);
      tries++;
    }
    return start.loss <= now.loss ? start : now;
  }

  private boolean isTooHigh(Point p) {
    return p.loss > start.loss + ENOUGH * p.t * start.slope;
  }

  private boolean isFlat(Point p) {
    return Math.abs(p.slope) <= -FLAT * start.slope;
  }

  /** Cuts a bracket that holds a good step until one is found. */
  private Point zoom(Point first, Point second, int tries) {
    left = first;
    right = second;
    boolean leftIsLow = left.loss <= right.loss;
    boolean slow = false;
    boolean done = false;
    for (int i = tries; !done && i < most; i++) {
      if (Math.abs(right.t - left.t) * longest < tolerance) {
        break;
      }
      double least = Math.min(left.t, right.t);
      double largest = Math.max(left.t, right.t);
      double t = interpolate(left, right, least, largest);
      // A guess near an end twice in a row, or on it, is moved a tenth of the bracket inwards.
      double margin = 0.1 * (largest - least);
      if (Math.min(largest - t, t - least) >= margin) {
        slow = false;
      } else if (slow || t >= largest || t <= least) {
        t = Math.abs(t - largest) < Math.abs(t - least) ? largest - margin : least + margin;
        slow = false;
      } else {
        slow = true;
      }
      Point now = compute(t);
      Point low = leftIsLow ? left : right;
      Point high = leftIsLow ? right : left;
      if (isTooHigh(now) || now.loss >= low.loss) {
        replace(!leftIsLow, now);
        leftIsLow = left.loss <= right.loss;
      } else {
        done = isFlat(now);
        if (!done && now.slope * (high.t - low.t) >= 0) {
          replace(!leftIsLow, low);
        }
        replace(leftIsLow, now);
      }
    }
    return leftIsLow ? left : right;
  }

  private void replace(boolean leftSide, Point p) {
    if (leftSide) {
      left = p;
    } else {
      right = p;
    }
  }

  /** The minimum of the cubic through two points and their slopes, within bounds. */
  static double interpolate(Point a, Point b, double least, double most) {
    double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
    double square = d1 * d1 - a.slope * b.slope;
    if (!(square >= 0)) {
      return (least + most) / 2;
    }
    double d2 = Math.sqrt(square);
    double place =
        a.t <= b.t
            ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
            : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
    return Math.min(Math.max(place, least), most);
  }
}
