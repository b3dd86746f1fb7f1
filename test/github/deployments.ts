export interface Deployment {
  id: number;
}
