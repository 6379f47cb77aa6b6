/** A module that trains a network and leaves the choice of backend to whoever runs it. */
module foreign {
  requires org.adjoint.layers;
}
