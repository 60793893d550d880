using GraphPartition.TensorRt.Tests.Support;

// The test runner loads this assembly and does not come here; tests that need a process of their own start it.
return args is ["cache-worker", var folder, var seed] ? CacheWorker.Run(folder, int.Parse(seed)) : 2;
