/** What is to be computed: the family contracts, and the reference that specifies them. */
module org.adjoint.kernels {
  requires transitive org.adjoint.tensor;
  requires static transitive org.jspecify;

  exports org.adjoint.kernels;

  uses org.adjoint.kernels.BackendProvider;
}
