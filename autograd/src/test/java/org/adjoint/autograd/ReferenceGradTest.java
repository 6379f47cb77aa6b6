package org.adjoint.autograd;

import org.adjoint.autograd.contract.GradContract;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;

/** The catalogue on the reference. */
final class ReferenceGradTest extends GradContract {
  @Override
  protected Backend backend() {
    return Backends.get("reference");
  }
}
