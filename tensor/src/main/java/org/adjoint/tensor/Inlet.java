package org.adjoint.tensor;

/**
 * A way into a device's memory beside the work that it does: what is uploaded travels while kernels
 * run. It serves memory that is filled and used in turn, by two threads or by one:
 *
 * <pre>{@code
 * inlet.upload(numbers, 0, x.storage(), 0, numbers.length);  // while the step before still runs
 * inlet.acquire();
 * model.forward(x);
 * inlet.release();
 * }</pre>
 */
public interface Inlet {
  /** As {@link Device#upload}, behind the work that was given before {@link #release}. */
  void upload(Object array, int from, Storage target, int to, int count);

  /** Has the work that the device is given from now on wait for what was uploaded. */
  void acquire();

  /** Has uploads from now on wait for the work that the device was given so far. */
  void release();
}
