package org.adjoint.autograd;

import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.RandomKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A source of random tensors: a seed and a counter that moves on by the number of elements drawn.
 * Equal seed and counter give equal numbers on every device and at any number of threads, so a
 * saved counter resumes exactly.
 */
public final class RandomStream {
  private final long seed;
  private long offset;

  /** The recorded step that made this stream: made anew by each step, it is a constant. */
  private final @Nullable Recording madeBy = Recording.current();

  /** Creates a stream at counter 0. */
  public RandomStream(long seed) {
    this(seed, 0);
  }

  /** Creates a stream that goes on from a saved counter. */
  public RandomStream(long seed, long offset) {
    this.seed = seed;
    this.offset = offset;
  }

  /** Returns the seed. */
  public long seed() {
    return seed;
  }

  /** Returns the counter: how many numbers were drawn. */
  public long offset() {
    return offset;
  }

  /** Goes on from a saved counter. */
  public void offset(long value) {
    offset = value;
  }

  /**
   * Moves on by so many numbers, as if they were drawn.
   *
   * @return the counter of the first
   */
  public long advance(int count) {
    long from = offset;
    Recording recording = Recording.current();
    if (recording != null && recording != madeBy) {
      recording.input(this, count, from);
    }
    offset += count;
    return from;
  }

  private static RandomKernels kernels(Tensor t) {
    return Backends.kernels(t.device()).random();
  }

  /** Fills {@code out} with uniform numbers in [low, high). */
  public Tensor uniform(Tensor out, double low, double high) {
    kernels(out).uniform(seed, advance(out.size()), low, high, out);
    return out;
  }

  /** Fills {@code out} with normal numbers. */
  public Tensor normal(Tensor out, double mean, double deviation) {
    kernels(out).normal(seed, advance(out.size()), mean, deviation, out);
    return out;
  }

  /** Fills {@code out} with ones of the given probability and zeros. */
  public Tensor bernoulli(Tensor out, double probability) {
    kernels(out).bernoulli(seed, advance(out.size()), probability, out);
    return out;
  }

  /** Returns a random order of 0 … n − 1 that no scope owns. */
  public Tensor permutation(Device device, int n) {
    Tensor out = Tensor.owned(device, DType.I32, Shape.of(n));
    kernels(out).permutation(seed, advance(n), out);
    return out;
  }
}
