package org.adjoint.autograd.capture;

/** The parts of a step, which may come several times: each update may be followed by more. */
public enum Phase {
  /** From the inputs to the loss; the whole of an inference. */
  FORWARD,
  /** Backpropagation. */
  BACKWARD,
  /** What follows it: the optimizer. */
  UPDATE
}
