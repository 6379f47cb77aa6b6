package org.adjoint.cuda;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.Tensor;

/**
 * One launch in the making: its arguments in the order of the entry's declaration, then the
 * geometry. A thread has one for each device and uses it again and again, so that a launch
 * allocates nothing.
 *
 * <pre>{@code
 * device.launch().tensor(y).tensor(x).integer(n).run(kernel, Geometry.of(blocks, 256));
 * }</pre>
 */
final class Launch {
  private final CudaDriver.Stream stream;
  private final Parameters parameters = new Parameters();

  /** What must not be collected between the reading of its address and the launch. */
  private final List<Tensor> tensors = new ArrayList<>();

  Launch(CudaDriver.Stream stream) {
    this.stream = stream;
  }

  /** Begins anew. */
  Launch clear() {
    parameters.clear();
    tensors.clear();
    return this;
  }

  /** Adds the address of a tensor's first element. */
  Launch tensor(Tensor t) {
    tensors.add(t);
    parameters.address(CudaDevice.address(t));
    return this;
  }

  /** Adds an address of something that lasts. */
  Launch address(long value) {
    parameters.address(value);
    return this;
  }

  /** Adds a 32-bit integer. */
  Launch integer(int value) {
    parameters.integer(value);
    return this;
  }

  /** Adds a 64-bit integer. */
  Launch wide(long value) {
    parameters.wide(value);
    return this;
  }

  /** Adds a float32. */
  Launch number(float value) {
    parameters.number(value);
    return this;
  }

  /** Leaves so many bytes of an array of arguments 0. */
  Launch skip(int bytes) {
    parameters.skip(bytes);
    return this;
  }

  /** Puts the kernel into the device's queue. */
  void run(CudaDriver.Function kernel, Geometry geometry) {
    try {
      stream.launch(kernel, geometry, parameters);
    } finally {
      Reference.reachabilityFence(tensors);
      tensors.clear();
    }
  }
}
