/** Modules, losses, optimizers, initialisers, data, training and checkpoints. */
module org.adjoint.layers {
  requires transitive org.adjoint.autograd;
  requires transitive org.adjoint.kernels;
  requires transitive org.adjoint.tensor;
  // For folders of images alone; who uses them requires it.
  requires static java.desktop;
  requires static org.jspecify;

  exports org.adjoint.layers;
  exports org.adjoint.layers.check;
  exports org.adjoint.layers.data;
  exports org.adjoint.layers.data.text;
  exports org.adjoint.layers.init;
  exports org.adjoint.layers.io;
  exports org.adjoint.layers.loss;
  exports org.adjoint.layers.metrics;
  exports org.adjoint.layers.models;
  exports org.adjoint.layers.optim;
  exports org.adjoint.layers.train;
}
