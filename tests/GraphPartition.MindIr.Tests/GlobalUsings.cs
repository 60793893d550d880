global using GraphPartition.TestModels.MindSpore;
global using Xunit;
