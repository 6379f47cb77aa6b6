package org.adjoint.autograd.capture;

import org.adjoint.tensor.AdjointException;

/** A step that cannot be recorded, or a program that no longer fits what it was recorded from. */
public final class CaptureException extends AdjointException {
  private static final long serialVersionUID = 1;

  CaptureException(String argument, Object value, String remedy) {
    super("capture", argument, value, remedy);
  }
}
