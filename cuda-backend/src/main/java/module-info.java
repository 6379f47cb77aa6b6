/** The GPU backend. It is reached through the service that {@code org.adjoint.kernels} declares. */
module org.adjoint.cuda {
  requires jcublas;
  requires jcuda;
  requires jcudnn;
  requires org.adjoint.kernels;
  requires org.adjoint.tensor;
  requires static org.jspecify;

  provides org.adjoint.kernels.BackendProvider with
      org.adjoint.cuda.CudaBackendProvider,
      org.adjoint.cuda.CudaPtxBackendProvider,
      org.adjoint.cuda.SimBackendProvider;
}
