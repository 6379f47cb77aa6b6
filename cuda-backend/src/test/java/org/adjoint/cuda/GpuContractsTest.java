package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.contract.AttentionContract;
import org.adjoint.kernels.contract.ConvolutionsContract;
import org.adjoint.kernels.contract.ElementwiseContract;
import org.adjoint.kernels.contract.IndexingContract;
import org.adjoint.kernels.contract.MatmulContract;
import org.adjoint.kernels.contract.NormsContract;
import org.adjoint.kernels.contract.PoolingContract;
import org.adjoint.kernels.contract.RandomContract;
import org.adjoint.kernels.contract.RecurrentContract;
import org.adjoint.kernels.contract.ReductionsContract;
import org.adjoint.kernels.contract.RowNormsContract;
import org.adjoint.kernels.contract.SoftmaxContract;
import org.adjoint.kernels.contract.UpdatesContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contracts of all families on a GPU, where there is one. */
@ExtendWith(GpuCondition.class)
class GpuContractsTest {
  private static Backend gpu() {
    return Backends.get("cuda");
  }

  @Nested
  class Attention extends AttentionContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Convolutions extends ConvolutionsContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Elementwise extends ElementwiseContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Indexing extends IndexingContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Matmul extends MatmulContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Norms extends NormsContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Pooling extends PoolingContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Random extends RandomContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Recurrent extends RecurrentContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Reductions extends ReductionsContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class RowNorms extends RowNormsContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Softmax extends SoftmaxContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }

  @Nested
  class Updates extends UpdatesContract {
    @Override
    protected Backend backend() {
      return gpu();
    }
  }
}
