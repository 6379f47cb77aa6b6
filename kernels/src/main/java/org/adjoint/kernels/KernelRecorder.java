package org.adjoint.kernels;

import org.adjoint.tensor.Recorder;
import org.adjoint.tensor.Tensor;

/**
 * Takes down the kernel calls of a step in place of computing them. {@link Backends#kernels} gives
 * {@link #kernels} to a thread whose {@link org.adjoint.tensor.Context} has one.
 */
public interface KernelRecorder extends Recorder {
  /** Returns kernels that check their arguments as always and then call {@link #called}. */
  Kernels kernels(Backend backend);

  /**
   * Is told of a call, with the arguments as a backend sees them. It fills results of integers with
   * 0, so that they are indices in range for the calls to come.
   *
   * @param backend whose kernels were called
   * @param work what was asked for
   * @param roles a letter for each tensor: {@code r} read, {@code w} written, {@code u} both
   * @param tensors operands and results, in the order that the work names
   */
  void called(Backend backend, KernelWork work, String roles, Tensor... tensors);
}
