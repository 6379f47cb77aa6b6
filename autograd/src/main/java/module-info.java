/** The graph: each op's forward and vector-Jacobian product side by side, and backpropagation. */
module org.adjoint.autograd {
  requires transitive org.adjoint.kernels;
  requires transitive org.adjoint.tensor;
  requires static org.jspecify;

  exports org.adjoint.autograd;
}
