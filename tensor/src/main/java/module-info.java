/** Tensors: shapes, layouts, storage and the lifetime of a step's buffers. No arithmetic. */
module org.adjoint.tensor {
  requires static org.jspecify;

  exports org.adjoint.tensor;
}
