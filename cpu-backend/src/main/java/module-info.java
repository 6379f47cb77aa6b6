/**
 * The SIMD backend. It is reached through the service that {@code org.adjoint.kernels} declares.
 */
module org.adjoint.cpu {
  requires jdk.incubator.vector;
  requires org.adjoint.kernels;
  requires org.adjoint.tensor;
  requires static org.jspecify;

  provides org.adjoint.kernels.BackendProvider with
      org.adjoint.cpu.CpuBackendProvider;
}
