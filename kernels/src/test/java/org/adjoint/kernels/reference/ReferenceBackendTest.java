package org.adjoint.kernels.reference;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.AttentionContract;
import org.adjoint.kernels.contract.ConvolutionsContract;
import org.adjoint.kernels.contract.ElementwiseContract;
import org.adjoint.kernels.contract.FuzzContract;
import org.adjoint.kernels.contract.IndexingContract;
import org.adjoint.kernels.contract.MatmulContract;
import org.adjoint.kernels.contract.NormsContract;
import org.adjoint.kernels.contract.PoolingContract;
import org.adjoint.kernels.contract.RandomContract;
import org.adjoint.kernels.contract.RecurrentContract;
import org.adjoint.kernels.contract.ReductionsContract;
import org.adjoint.kernels.contract.RefusalsContract;
import org.adjoint.kernels.contract.RowNormsContract;
import org.adjoint.kernels.contract.SoftmaxContract;
import org.adjoint.kernels.contract.UpdatesContract;
import org.junit.jupiter.api.Nested;

/** The reference keeps the contracts that it specifies: in float32, and where nothing is given. */
class ReferenceBackendTest {
  private static final Backend BACKEND = new ReferenceBackend();

  @Nested
  class Elementwise extends ElementwiseContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }

    @Override
    protected boolean followsRecipes() {
      return false;
    }
  }

  @Nested
  class Reductions extends ReductionsContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Matmul extends MatmulContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Convolutions extends ConvolutionsContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Pooling extends PoolingContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Softmax extends SoftmaxContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Attention extends AttentionContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Norms extends NormsContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class RowNorms extends RowNormsContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Recurrent extends RecurrentContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Indexing extends IndexingContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Random extends RandomContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Updates extends UpdatesContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Refusals extends RefusalsContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }

  @Nested
  class Fuzz extends FuzzContract {
    @Override
    protected Backend backend() {
      return BACKEND;
    }
  }
}
