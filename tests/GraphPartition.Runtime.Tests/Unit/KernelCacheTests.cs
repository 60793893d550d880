using GraphPartition.Runtime.Steps;


namespace GraphPartition.Runtime.Tests.Unit;

public sealed class KernelCacheTests
{
    [Fact]
    public void Kernels_change_for_other_dimensions_than_the_last_ones()
    {
        var kernels = new KernelCache();
        long[]?[] small = [[1, 3], null], large = [[2, 3], null];
        Assert.Equal([1, 1, 2, 3], new[] { small, [[1, 3], null], large, small }.Select(Met));
        Assert.Equal([4, 4], new[] { small, [[1, 3], [2]], [[1, 3], [2]] }.Select(Met).Skip(1));

        int Met(long[]?[] fed)
        {
            kernels.Use(fed);
            return kernels.Changes;
        }
    }
}
