package org.adjoint.layers;

import org.adjoint.autograd.RandomStream;
import org.adjoint.layers.init.Initializer;
import org.adjoint.layers.init.Initializers;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * What a layer must be told to make its parameters: where they live, their type, and how they
 * start.
 *
 * <pre>{@code
 * Setup setup = Setup.of(Backends.fastest(), DType.F32, 42);
 * Linear layer = new Linear(setup, 784, 10);
 * }</pre>
 *
 * @param device the device of the parameters
 * @param dtype float32 or float64
 * @param random the stream from which every initial value is drawn, in the order of construction
 * @param weights how weights start
 * @param biases how biases start; it sees the fans of the layer's weight
 */
public record Setup(
    Device device, DType dtype, RandomStream random, Initializer weights, Initializer biases) {
  /**
   * Checks the type.
   *
   * @throws DTypeException if it is not a floating type
   */
  public Setup {
    if (!dtype.isFloating()) {
      throw new DTypeException("setup", "dtype", dtype, "parameters are float32 or float64");
    }
  }

  /** Returns a setup with PyTorch's default initialisation, {@link Initializers#fanIn}. */
  public static Setup of(Device device, DType dtype, long seed) {
    return new Setup(
        device, dtype, new RandomStream(seed), Initializers.fanIn(), Initializers.fanIn());
  }

  /** Returns the same setup, the same stream included, with weights from here and biases 0. */
  public Setup weights(Initializer initializer) {
    return new Setup(device, dtype, random, initializer, Initializers.constant(0));
  }

  /**
   * Returns a stream of its own for a layer that draws numbers during training. Its seed is a
   * function of this stream's seed and position, which moves on by one.
   */
  public RandomStream fork() {
    long position = random.offset();
    random.offset(position + 1);
    return new RandomStream(mixed(random.seed() ^ mixed(position + 0x9E3779B97F4A7C15L)));
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
  private static long mixed(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  Tensor weight(int fanIn, int fanOut, int... dims) {
    return weights.fill(empty(dims), fanIn, fanOut, random);
  }

  Tensor bias(int fanIn, int fanOut, int... dims) {
    return biases.fill(empty(dims), fanIn, fanOut, random);
  }

  Tensor filled(double value, int... dims) {
    return Initializers.constant(value).fill(empty(dims), 1, 1, random);
  }

  Tensor uniform(double low, double high, int... dims) {
    return random.uniform(empty(dims), low, high);
  }

  Tensor normal(double deviation, int... dims) {
    return random.normal(empty(dims), 0, deviation);
  }

  private Tensor empty(int... dims) {
    return Tensor.owned(device, dtype, Shape.of(dims));
  }
}
