/**
 * What is to be computed: the contracts of the kernel families, the expressions of the element-wise
 * operations, and the plain-Java reference that specifies them.
 */
module org.adjoint.kernels {
  // Optional at run time: a runtime image without it runs, and records no events.
  requires static jdk.jfr;
  requires static org.jspecify;
  requires transitive org.adjoint.tensor;

  exports org.adjoint.kernels;
  exports org.adjoint.kernels.ptx;
  exports org.adjoint.kernels.reference;

  uses org.adjoint.kernels.BackendProvider;

  provides org.adjoint.kernels.BackendProvider with
      org.adjoint.kernels.reference.ReferenceBackendProvider;
}
