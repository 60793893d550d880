global using Xunit;
global using GraphPartition.TestModels.MindSpore;
