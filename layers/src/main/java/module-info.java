/** Modules, losses, optimizers, initialisers, data, training and checkpoints. */
module org.adjoint.layers {
  requires transitive org.adjoint.autograd;
  requires transitive org.adjoint.kernels;
  requires transitive org.adjoint.tensor;
  requires static transitive org.jspecify;
}
