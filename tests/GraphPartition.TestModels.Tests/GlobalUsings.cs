global using Xunit;

// One network at a time: the largest have half a gigabyte of weights.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
