/** The graph: each op's forward and vector-Jacobian product side by side, and backpropagation. */
module org.adjoint.autograd {
  requires transitive org.adjoint.kernels;
  requires transitive org.adjoint.tensor;
  requires static org.jspecify;

  exports org.adjoint.autograd;
  exports org.adjoint.autograd.capture;
  exports org.adjoint.autograd.check;
  exports org.adjoint.autograd.ops;
  exports org.adjoint.autograd.view;

  uses org.adjoint.autograd.check.OpCases;

  provides org.adjoint.autograd.check.OpCases with
      org.adjoint.autograd.check.EngineCases;
}
